package widget

import (
	"strings"

	"rsc.io/qr"
)

// quiet is the light border that a code needs, in modules (ISO/IEC 18004, section 5.3.8).
const quiet = 4

// QR returns the lines of a QR code in half blocks, to be drawn dark on light; nil if
// the text is too long for one.
func QR(text string) []string {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return nil
	}
	var lines []string
	for y := -quiet; y < code.Size+quiet; y += 2 {
		var line strings.Builder
		for x := -quiet; x < code.Size+quiet; x++ {
			line.WriteString(map[[2]bool]string{
				{false, false}: " ", {true, false}: "▀", {false, true}: "▄", {true, true}: "█",
			}[[2]bool{code.Black(x, y), code.Black(x, y+1)}])
		}
		lines = append(lines, line.String())
	}
	return lines
}
