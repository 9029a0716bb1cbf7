// Command picture turns screens captured from a terminal ("tmux capture-pane
// -e -p") into SVG. Each screen on standard input follows a line of a form feed,
// the seconds for which it is shown and a title; several are an animation that
// repeats.
// Every cell is placed on a grid, so that frames and wide characters line up in
// any viewer.
// take.sh in this folder makes the pictures of the README with it.
package main

import (
	"flag"
	"fmt"
	"html"
	"image/color"
	"io"
	"os"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// Sizes in SVG units.
const (
	cellW, cellH = 9.0, 17.0
	padX, padTop = 20.0, 48.0
	padBottom    = 20.0
	baseline     = 13.5
)

// spaces keeps what viewers would collapse.
var spaces = strings.NewReplacer(" ", "\u00a0")

// picture is the colours and the rows of all screens. Equal rows are drawn once.
type picture struct {
	fg, bg string

	drawn []string
	index map[string]int // in drawn
}

// shot is a screen, its title and the seconds for which it is shown.
type shot struct {
	title, screen string
	seconds       float64
}

func main() {
	p := &picture{index: map[string]int{}}
	flag.StringVar(&p.fg, "fg", "#d7dae0", "colour of plain text")
	flag.StringVar(&p.bg, "bg", "#16181d", "colour of the background")
	flag.Parse()
	in, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
	fmt.Print(p.draw(readShots(string(in))))
}

// readShots reads screens; a screen that did not change is shown for longer.
func readShots(in string) []shot {
	var shots []shot
	for part := range strings.SplitSeq(strings.TrimPrefix(in, "\f"), "\f") {
		head, screen, _ := strings.Cut(strings.TrimSuffix(part, "\n"), "\n")
		head, title, _ := strings.Cut(head, " ")
		seconds, _ := strconv.ParseFloat(head, 64)
		if last := len(shots) - 1; last >= 0 && shots[last].screen == screen && shots[last].title == title {
			shots[last].seconds += seconds
			continue
		}
		shots = append(shots, shot{title, screen, seconds})
	}
	return shots
}

// draw puts the screens side by side and moves them past the window. Where nothing
// moves, the first is seen.
func (p *picture) draw(shots []shot) string {
	w, h := lipgloss.Width(shots[0].screen), lipgloss.Height(shots[0].screen)
	width, height := float64(w)*cellW+2*padX, float64(h)*cellH+padTop+padBottom
	var total, at float64
	for _, s := range shots {
		total += s.seconds
	}
	var strip, moves strings.Builder
	for i, s := range shots {
		left := float64(i) * width
		fmt.Fprintf(&strip, `<text x="%.0f" y="27" text-anchor="middle" fill="#8a909c" font-size="13">%s</text>`, left+width/2, html.EscapeString(s.title))
		for y, row := range p.rows(s.screen, w, h) {
			fmt.Fprintf(&strip, `<use href="#r%d" x="%.0f" y="%.0f"/>`, row, left+padX, padTop+float64(y)*cellH)
		}
		fmt.Fprintf(&moves, "%.2f%%{transform:translateX(%.0fpx)}", 100*at/total, -left)
		at += s.seconds
	}
	style := ""
	if len(shots) > 1 {
		style = fmt.Sprintf(`<style>@media (prefers-reduced-motion:no-preference){#strip{animation:strip %.2fs step-end infinite}}@keyframes strip{%s}</style>`, total, moves.String())
	}
	return p.window(width, height) + style + "<defs>" + strings.Join(p.drawn, "") + `</defs><g id="strip">` + strip.String() + "</g></svg>\n"
}

// rows returns the numbers of the rows of a screen.
func (p *picture) rows(screen string, w, h int) []int {
	canvas := lipgloss.NewCanvas(w, h).Compose(lipgloss.NewLayer(screen))
	numbers := make([]int, h)
	for y := range h {
		var boxes, texts strings.Builder
		for x := 0; x < w; {
			run, cells, style := readRun(canvas, x, y, w)
			p.drawRun(&boxes, &texts, run, style, x, cells)
			x += cells
		}
		row := boxes.String() + texts.String()
		number, known := p.index[row]
		if !known {
			number = len(p.drawn)
			p.index[row] = number
			p.drawn = append(p.drawn, fmt.Sprintf(`<g id="r%d">%s</g>`, number, row))
		}
		numbers[y] = number
	}
	return numbers
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

func (p *picture) drawRun(boxes, texts *strings.Builder, run string, style uv.Style, x, cells int) {
	fg, bg := hex(style.Fg, p.fg), hex(style.Bg, "")
	if style.Attrs&uv.AttrReverse != 0 {
		if bg == "" {
			bg = p.bg
		}
		fg, bg = bg, fg
	}
	left, width := float64(x)*cellW, float64(cells)*cellW
	if bg != "" {
		fmt.Fprintf(boxes, `<rect x="%.0f" width="%.1f" height="%.1f" fill="%s"/>`, left, width+.4, cellH+.4, bg)
	}
	if strings.TrimSpace(run) == "" {
		return
	}
	fmt.Fprintf(texts, `<text x="%.0f" y="%.1f" fill="%s"%s textLength="%.0f" lengthAdjust="spacingAndGlyphs">%s</text>`,
		left, baseline, fg, attributes(style), width, spaces.Replace(html.EscapeString(run)))
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

// window draws the frame around a screen, of a width and a height in SVG units.
func (p *picture) window(width, height float64) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="15">`, width, height)
	fmt.Fprintf(&b, `<rect width="%.0f" height="%.0f" rx="12" fill="%s"/>`, width, height, p.bg)
	for i, dot := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="22" r="6.5" fill="%s"/>`, 24+i*22, dot)
	}
	return b.String()
}

func hex(c color.Color, otherwise string) string {
	if c == nil {
		return otherwise
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
