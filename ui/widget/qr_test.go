package widget

import (
	"strings"
	"testing"
	"unicode/utf8"

	"rsc.io/qr"
)

// The half blocks are read back, module by module.
func TestQRCodesHaveEveryModuleAndABorder(t *testing.T) {
	t.Parallel()
	const text = "https://login.example/device?user_code=WDJB-MJHT"
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	lines := QR(text)
	if len(lines) != (code.Size+2*quiet+1)/2 {
		t.Fatalf("%d lines for %d modules", len(lines), code.Size)
	}
	for row, line := range lines {
		if utf8.RuneCountInString(line) != code.Size+2*quiet {
			t.Errorf("line %d is %d wide", row, utf8.RuneCountInString(line))
		}
		x := -quiet
		for _, block := range line {
			top, bottom := strings.ContainsRune("▀█", block), strings.ContainsRune("▄█", block)
			if y := 2*row - quiet; top != code.Black(x, y) || bottom != code.Black(x, y+1) {
				t.Fatalf("%d,%d is %q", x, y, block)
			}
			x++
		}
	}
	if strings.Trim(lines[0], " ") != "" || strings.Trim(lines[1], " ") != "" {
		t.Error("there is no border")
	}
	if QR(strings.Repeat("x", 5000)) != nil {
		t.Error("5,000 characters fit")
	}
}
