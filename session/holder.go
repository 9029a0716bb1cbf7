package session

import (
	"fmt"
	"time"
)

// Holder is the process that holds the lock of an account.
type Holder struct {
	Process int    // 0: unknown
	Doing   string // its command, such as "tokenring refresh"; "": unknown
	Own     bool   // this process
}

func (h Holder) String() string {
	switch {
	case h.Own:
		return "another operation of this process"
	case h.Process == 0:
		return "another process"
	case h.Doing == "":
		return fmt.Sprintf("process %d", h.Process)
	}
	return fmt.Sprintf("process %d (%s)", h.Process, h.Doing)
}

// BusyError reports that an account was in use for longer than the caller waited.
type BusyError struct {
	Holder Holder
	Waited time.Duration
}

func (e *BusyError) Error() string {
	if e.Waited == 0 {
		return fmt.Sprintf("%s is using this account", e.Holder)
	}
	return fmt.Sprintf("waited %s for %s, which is using this account", e.Waited, e.Holder)
}
