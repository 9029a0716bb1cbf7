// Command picture turns a screen captured from a terminal ("tmux capture-pane
// -e -p" on standard input) into SVG on standard output. It places
// every cell on a grid, so that frames and wide characters line up in any viewer.
// take.sh in this folder makes the pictures of the README with it.
package main

import (
	"flag"
	"fmt"
	"html"
	"image/color"
	"io"
	"os"
	"strings"

	"charm.land/lipgloss/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// Sizes in SVG units.
const (
	cellW, cellH = 9.0, 20.0
	padX, padTop = 20.0, 48.0
	padBottom    = 20.0
	baseline     = 15.0
)

// frame holds the title and the colours of a picture.
type frame struct {
	title  string
	fg, bg string
}

func main() {
	p := frame{}
	flag.StringVar(&p.title, "title", "tokenring", "title of the window")
	flag.StringVar(&p.fg, "fg", "#d7dae0", "colour of plain text")
	flag.StringVar(&p.bg, "bg", "#16181d", "colour of the background")
	flag.Parse()
	in, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
	fmt.Print(p.draw(strings.TrimSuffix(string(in), "\n")))
}

func (p frame) draw(screen string) string {
	w, h := lipgloss.Width(screen), lipgloss.Height(screen)
	canvas := lipgloss.NewCanvas(w, h).Compose(lipgloss.NewLayer(screen))
	var boxes, texts strings.Builder
	for y := range h {
		for x := 0; x < w; {
			run, cells, style := readRun(canvas, x, y, w)
			p.drawRun(&boxes, &texts, run, style, x, y, cells)
			x += cells
		}
	}
	return p.window(w, h) + boxes.String() + texts.String() + "</svg>\n"
}

// readRun reads cells of one style from x on; a wide character is a run of its own.
func readRun(canvas *lipgloss.Canvas, x, y, w int) (run string, cells int, style uv.Style) {
	first := canvas.CellAt(x, y)
	if first == nil || first.Width == 0 {
		return "", 1, uv.Style{}
	}
	for x+cells < w {
		c := canvas.CellAt(x+cells, y)
		if c == nil || c.Width == 0 || !sameLook(c.Style, first.Style) || c.Width > 1 && cells > 0 {
			break
		}
		run += c.Content
		cells += c.Width
		if c.Width > 1 {
			break
		}
	}
	return run, cells, first.Style
}

func sameLook(a, b uv.Style) bool {
	return a.Fg == b.Fg && a.Bg == b.Bg && a.Attrs == b.Attrs && a.Underline == b.Underline
}

func (p frame) drawRun(boxes, texts *strings.Builder, run string, style uv.Style, x, y, cells int) {
	fg, bg := hex(style.Fg, p.fg), hex(style.Bg, "")
	if style.Attrs&uv.AttrReverse != 0 {
		if bg == "" {
			bg = p.bg
		}
		fg, bg = bg, fg
	}
	left, top, width := padX+float64(x)*cellW, padTop+float64(y)*cellH, float64(cells)*cellW
	if bg != "" {
		fmt.Fprintf(boxes, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, left, top, width+.4, cellH+.4, bg)
	}
	if strings.TrimSpace(run) == "" {
		return
	}
	fmt.Fprintf(texts, `<text x="%.1f" y="%.1f" fill="%s"%s xml:space="preserve" textLength="%.1f" lengthAdjust="spacingAndGlyphs">%s</text>`,
		left, top+baseline, fg, attributes(style), width, html.EscapeString(run))
}

func attributes(s uv.Style) string {
	out := ""
	if s.Attrs&uv.AttrBold != 0 {
		out += ` font-weight="bold"`
	}
	if s.Attrs&uv.AttrItalic != 0 {
		out += ` font-style="italic"`
	}
	if s.Attrs&uv.AttrFaint != 0 {
		out += ` opacity=".55"`
	}
	if s.Underline != 0 {
		out += ` text-decoration="underline"`
	}
	return out
}

// window draws the frame around a screen of w by h cells.
func (p frame) window(w, h int) string {
	width, height := float64(w)*cellW+2*padX, float64(h)*cellH+padTop+padBottom
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="15">`, width, height)
	fmt.Fprintf(&b, `<rect width="%.0f" height="%.0f" rx="12" fill="%s"/>`, width, height, p.bg)
	for i, dot := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="22" r="6.5" fill="%s"/>`, 24+i*22, dot)
	}
	fmt.Fprintf(&b, `<text x="%.0f" y="27" text-anchor="middle" fill="#8a909c" font-size="13">%s</text>`, width/2, html.EscapeString(p.title))
	return b.String()
}

func hex(c color.Color, otherwise string) string {
	if c == nil {
		return otherwise
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
