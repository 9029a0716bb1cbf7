package theme

import "strings"

// The signs of the screen, each one cell wide. Where the terminal knows only
// ASCII, Finish replaces them.
const (
	SignValid      = "●"
	SignExpiring   = "◐"
	SignExpired    = "◌"
	SignNeedsLogin = "○"
	SignNoSession  = "·"
	SignUnknown    = "◇"
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
	SignDot        = " · " // between facts on a line
)

// Spinner returns a frame of the turning sign of work.
func Spinner(frame int) string { return spinner[frame%len(spinner)] }

var spinner = [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// plain has a stand-in of the same width for every sign, border and mark the
// program writes itself.
var plain = strings.NewReplacer(
	SignValid, "*", SignExpiring, "!", SignExpired, "%", SignNeedsLogin, "o", "·", "-", SignUnknown, "?",
	SignFailed, "x", SignOK, "+", SignWarn, "!", SignInfo, "*", SignCursor, ">", SignMark, "+",
	SignGaugeFull, "#", SignGaugeEmpty, "-", SignMore, "~", SignScroll, "#",
	"╭", "+", "╮", "+", "╰", "+", "╯", "+", "─", "-", "│", "|",
	"┃", "|", "┏", "+", "┓", "+", "┗", "+", "┛", "+", "━", "-",
	"╔", "+", "╗", "+", "╚", "+", "╝", "+", "═", "=", "║", "|",
	"┄", "-", "┆", ":", "├", "+", "┤", "+", "┌", "+", "┐", "+", "└", "+", "┘", "+",
	"≥", ">", "≤", "<", "→", ">", "←", "<", "↑", "^", "↓", "v", "×", "x", "•", "*", "▸", ">", "▾", "v", "█", "#", "░", ".",
	"⠋", "|", "⠙", "/", "⠹", "-", "⠸", "\\", "⠼", "|", "⠴", "/", "⠦", "-", "⠧", "\\", "⠇", "|", "⠏", "/",
	"‘", "'", "’", "'", "“", `"`, "”", `"`, "–", "-", "—", "-", "−", "-", "␛", "?", "\ufffd", "?",
)

// Frame is the line work around a pane.
type Frame struct {
	TopLeft, Top, TopRight, Left, Right, BottomLeft, Bottom, BottomRight string
}

// The frames. An account's guard is seen in the shape of its frame.
var (
	frameRound  = Frame{"╭", "─", "╮", "│", "│", "╰", "─", "╯"}
	frameDashed = Frame{"╭", "┄", "╮", "┆", "┆", "╰", "┄", "╯"}
	frameHeavy  = Frame{"┏", "━", "┓", "┃", "┃", "┗", "━", "┛"}
	frameDouble = Frame{"╔", "═", "╗", "║", "║", "╚", "═", "╝"}
)
