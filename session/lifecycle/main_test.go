package lifecycle_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a test leaves a goroutine behind. A process that
// a test starts keeps its connection to the server of
// the other process until it ends.
func TestMain(m *testing.M) {
	if os.Getenv("TOKENRING_TEST_STORE") != "" {
		os.Exit(m.Run())
	}
	goleak.VerifyTestMain(m)
}
