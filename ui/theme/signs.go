package theme

import "strings"

// The signs of the screen, each one cell wide. Finish replaces them for terminals
// that are limited to ASCII.
const (
	SignValid      = "●"
	SignExpiring   = "◐"
	SignExpired    = "◌"
	SignNeedsLogin = "○"
	SignNoSession  = "·"
	SignUnknown    = "◇"
	SignNotYet     = "◑"
	SignFailed     = "✕"
	SignOK         = "✓"
	SignWarn       = "▲"
	SignInfo       = "•"
	SignCursor     = "▌"
	SignMark       = "◆"
	SignGaugeFull  = "▰"
	SignGaugeEmpty = "▱"
	SignMore       = "…"
	SignScroll     = "▐"
	SignFolded     = "▸"
	SignUnfolded   = "▾"
	SignDot        = " · " // between facts on a line
)

// Spinner returns a frame of the turning sign of work.
func Spinner(frame int) string { return spinner[frame%len(spinner)] }

var spinner = [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// plain replaces every sign, border and mark of the program by one of the same
// width.
var plain = strings.NewReplacer(
	SignValid, "*", SignExpiring, "!", SignExpired, "%", SignNeedsLogin, "o", "·", "-", SignUnknown, "?",
	SignFailed, "x", SignOK, "+", SignWarn, "!", SignInfo, "*", SignCursor, ">", SignMark, "+",
	SignGaugeFull, "#", SignGaugeEmpty, "-", SignMore, "~", SignScroll, "#",
	"╭", "+", "╮", "+", "╰", "+", "╯", "+", "─", "-", "│", "|",
	"┃", "|", "┏", "+", "┓", "+", "┗", "+", "┛", "+", "━", "-",
	"╔", "+", "╗", "+", "╚", "+", "╝", "+", "═", "=", "║", "|",
	"┄", "-", "┆", ":", "├", "+", "┤", "+", "┌", "+", "┐", "+", "└", "+", "┘", "+",
	"≥", ">", "≤", "<", "→", ">", "←", "<", "↑", "^", "↓", "v", "×", "x", "•", "*", SignFolded, ">", SignUnfolded, "v", "█", "#", "░", ".",
	"⠋", "|", "⠙", "/", "⠹", "-", "⠸", "\\", "⠼", "|", "⠴", "/", "⠦", "-", "⠧", "\\", "⠇", "|", "⠏", "/",
	"‘", "'", "’", "'", "“", `"`, "”", `"`, "–", "-", "—", "-", "−", "-", "␛", "?", "\ufffd", "?",
)

// Frame is the line work around a pane.
type Frame struct {
	TopLeft, Top, TopRight, Left, Right, BottomLeft, Bottom, BottomRight string
}

// The frames. The shape shows an account's guard.
var (
	frameRound  = Frame{"╭", "─", "╮", "│", "│", "╰", "─", "╯"}
	frameDashed = Frame{"╭", "┄", "╮", "┆", "┆", "╰", "┄", "╯"}
	frameHeavy  = Frame{"┏", "━", "┓", "┃", "┃", "┗", "━", "┛"}
	frameDouble = Frame{"╔", "═", "╗", "║", "║", "╚", "═", "╝"}
)

// EndsFrame reports whether a line has the lower edge of a frame.
func EndsFrame(line string) bool {
	return strings.ContainsAny(line, frameRound.BottomLeft+frameHeavy.BottomLeft+frameDouble.BottomLeft)
}
