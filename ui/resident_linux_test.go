package ui

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestTheProgramIsForgotten compares how much of files is in memory before and after.
func TestTheProgramIsForgotten(t *testing.T) {
	resident := func() int {
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		_, after, ok := strings.Cut(string(status), "RssFile:")
		kilobytes, err := strconv.Atoi(strings.Fields(after + " 0")[0])
		if !ok || err != nil {
			t.Skip("this kernel does not tell files from other memory")
		}
		return kilobytes
	}
	before := resident()
	forgetProgram()
	if after := resident(); after >= before {
		t.Errorf("%d of %d kB are still in memory", after, before)
	}
}
