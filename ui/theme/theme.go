// Package theme holds every colour, style and sign of the screen, named by
// meaning. No other package names a colour.
package theme

import (
	"fmt"
	"hash/fnv"
	"image/color"
	"maps"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"

	"tokenring/session"
)

// Options describe the terminal and the person's choices.
type Options struct {
	Dark      bool // the background is dark
	Fixed     bool // the person set Dark; do not ask the terminal
	ASCII     bool // signs and frames in plain ASCII
	Profile   colorprofile.Profile
	Overrides map[string]string // colour by role name: "#rrggbb" or an ANSI number
}

// Theme holds every style by meaning. It does not change after New.
type Theme struct {
	Valid, Soon, Dead, Unknown Style // the state of a session
	Text, Strong, Muted, Faint Style // how much a text matters
	Accent, AccentStrong       Style // actions and the focus
	Good, Warn, Bad            Style // the result of an action
	Border, BorderFocus        Style
	Title, TitleFocus          Style
	Selection, SelectionAway   Style // under the cursor's line, with and without the focus
	Key, KeyHelp, KeyOff       Style // of the footer and of help
	TabOn, TabOff              Style
	Match                      Style // a search match
	Shade                      Style // below an overlay
	Dots                       Style // a code for cameras: dark on light whatever the theme
	Badge                      Style // a word that must stand out: sharing, plain HTTP
	JSON                       JSON

	options Options
	colours map[string]color.Color
	words   map[string]Style
	states  map[string]Style // by role
}

// JSON holds the styles of the parts of a JSON text.
type JSON struct {
	Key, Text, Number, Word, Mark, Null Style
}

// role is a colour by meaning, for dark and light backgrounds, and for terminals
// limited to 256 and to sixteen colours: the nearest of those may be another hue, or
// that of another role. Of sixteen, green, yellow and cyan are too pale for a light background.
type role struct{ dark, light, dark256, light256, dark16, light16 string }

var roles = map[string]role{
	"text":         {"#D7DAE0", "#24292F", "253", "235", "", ""},
	"strong":       {"#F3F4F6", "#0B0D10", "255", "233", "15", ""},
	"muted":        {"#A9AFBA", "#4B535D", "249", "240", "7", "8"},
	"faint":        {"#979DA8", "#59616A", "247", "241", "7", "8"},
	"shade":        {"#565C68", "#9AA1AA", "240", "247", "8", "8"},
	"accent":       {"#7AA2F7", "#2B5FC7", "111", "26", "14", "4"},
	"valid":        {"#7CC68D", "#15692E", "114", "22", "10", ""},
	"soon":         {"#E2B45C", "#855800", "179", "94", "11", "5"},
	"dead":         {"#F0747C", "#B81F28", "210", "124", "9", "1"},
	"unknown":      {"#B49BE8", "#6E45BD", "141", "55", "13", "4"},
	"border":       {"#3B4048", "#D0D4DA", "238", "252", "8", "7"},
	"selection":    {"#283246", "#E3ECFC", "17", "195", "", "7"},
	"selection-2":  {"#20242B", "#EFF1F4", "235", "255", "", ""},
	"match":        {"#1B1D22", "#FFFFFF", "234", "231", "", ""},
	"env-prod":     {"#FF8AE2", "#9E1F86", "212", "126", "13", "5"},
	"env-staging":  {"#8DB4E2", "#1F5F99", "74", "19", "12", "4"},
	"env-dev":      {"#5CC8C0", "#0F6963", "79", "23", "6", ""},
	"env-1":        {"#C9AE8C", "#75512B", "181", "95", "14", "4"},
	"env-2":        {"#C79BEA", "#7C3AAE", "182", "91", "13", "5"},
	"env-3":        {"#A9C46C", "#4F6C14", "149", "58", "10", ""},
	"env-4":        {"#E59AC6", "#A83A7F", "175", "89", "13", "5"},
	"env-5":        {"#8FA3F0", "#4453B8", "105", "61", "12", "4"},
	"json-key":     {"#8FB8F6", "#2356A8", "111", "25", "14", "4"},
	"json-text":    {"#9CCB9A", "#226431", "150", "22", "10", ""},
	"json-number":  {"#E3A978", "#8F4C0D", "180", "94", "11", "5"},
	"json-word":    {"#BFA3EC", "#6539B5", "141", "55", "13", "1"},
	"json-null":    {"#979DA8", "#59616A", "247", "241", "7", "8"},
	"json-bracket": {"#979DA8", "#59616A", "247", "241", "7", "8"},
}

// Roles returns the names allowed in Options.Overrides.
func Roles() []string { return slices.Sorted(maps.Keys(roles)) }

// CheckOverrides returns an error for the first invalid override.
func CheckOverrides(overrides map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		if _, ok := roles[name]; !ok {
			return fmt.Errorf("theme: unknown colour %q; the colours are %s", name, strings.Join(Roles(), ", "))
		}
		if _, none := lipgloss.Color(overrides[name]).(lipgloss.NoColor); none {
			return fmt.Errorf("theme: %s: %q is not a colour; write #rrggbb or a number from 0 to 255", name, overrides[name])
		}
	}
	return nil
}

// Coloured reports whether the theme has colours.
func (t *Theme) Coloured() bool { return t.options.Profile > colorprofile.ASCII }

// New returns the theme for a terminal. It ignores invalid overrides, which
// CheckOverrides reports.
func New(o Options) *Theme {
	t := &Theme{options: o, colours: make(map[string]color.Color, len(roles)), words: map[string]Style{}}
	for name, r := range roles {
		t.colours[name] = t.pick(name, r)
	}
	t.compile()
	return t
}

func (t *Theme) pick(name string, r role) color.Color {
	if own, ok := t.options.Overrides[name]; ok {
		return lipgloss.Color(own)
	}
	switch {
	case t.options.Profile <= colorprofile.ASCII:
		return lipgloss.NoColor{}
	case t.options.Profile == colorprofile.ANSI:
		return t.onGround(r.dark16, r.light16)
	case t.options.Profile == colorprofile.ANSI256:
		return t.onGround(r.dark256, r.light256)
	}
	return t.onGround(r.dark, r.light)
}

// onGround returns one of two colours by the background, "" for the terminal's own.
func (t *Theme) onGround(dark, light string) color.Color {
	one := light
	if t.options.Dark {
		one = dark
	}
	if one == "" {
		return lipgloss.NoColor{}
	}
	return lipgloss.Color(one)
}

func (t *Theme) fg(name string) lipgloss.Style {
	return lipgloss.NewStyle().Foreground(t.colours[name])
}

// bold returns a colour in bold. Many terminals draw bold in the bright variant of one
// of sixteen colours, which cannot be read on a light background.
func (t *Theme) bold(name string) lipgloss.Style {
	style := t.fg(name)
	_, none := t.colours[name].(lipgloss.NoColor)
	return style.Bold(none || t.options.Dark || t.options.Profile != colorprofile.ANSI)
}

func (t *Theme) compile() {
	look := func(name string) Style { return compile(t.fg(name)) }
	bold := func(name string) Style { return compile(t.bold(name)) }
	t.Valid, t.Soon, t.Dead, t.Unknown = look("valid"), look("soon"), look("dead"), look("unknown")
	t.Text, t.Strong, t.Muted, t.Faint = look("text"), bold("strong"), look("muted"), look("faint")
	t.Accent, t.AccentStrong = look("accent"), bold("accent")
	t.Good, t.Warn, t.Bad = look("valid"), look("soon"), look("dead")
	t.Border, t.BorderFocus = look("border"), look("accent")
	t.Title, t.TitleFocus = look("text"), bold("strong")
	t.Key, t.KeyHelp, t.KeyOff = bold("text"), look("muted"), look("faint")
	t.TabOn, t.TabOff = bold("accent"), look("muted")
	t.Shade = look("shade")
	t.Dots = compile(lipgloss.NewStyle().Foreground(lipgloss.Color("#000000")).Background(lipgloss.Color("#ffffff")))
	t.Badge = compile(t.bold("soon").Reverse(true))
	t.Match = compile(t.fg("match").Background(t.colours["soon"]))
	if t.options.Profile == colorprofile.ANSI { // black would turn grey where the cursor's line is bold
		t.Match = compile(t.fg("soon").Reverse(true))
	}
	t.Selection, t.SelectionAway = t.under("selection"), t.under("selection-2")
	t.JSON = JSON{Key: look("json-key"), Text: look("json-text"), Number: look("json-number"),
		Word: look("json-word"), Mark: look("json-bracket"), Null: look("json-null")}
	if t.options.Profile <= colorprofile.ASCII {
		t.withoutColours()
	}
	t.states = map[string]Style{
		"valid": t.Valid, "soon": t.Soon, "dead": t.Dead, "unknown": t.Unknown, "accent": t.Accent, "faint": t.Faint,
	}
	for word, name := range environments {
		t.words[word] = look(name)
	}
	for _, name := range hashed {
		t.words[name] = look(name)
	}
}

// under returns a background, or bold for a role without a colour: the cursor's
// sign marks the line too.
func (t *Theme) under(name string) Style {
	c := t.colours[name]
	_, none := c.(lipgloss.NoColor)
	switch {
	case !none:
		return compile(lipgloss.NewStyle().Background(c))
	case !t.options.Dark && t.options.Profile == colorprofile.ANSI:
		return compile(lipgloss.NewStyle()) // see bold
	}
	return compile(lipgloss.NewStyle().Bold(true))
}

// withoutColours uses weight to distinguish what colours distinguish.
func (t *Theme) withoutColours() {
	bold, faint := lipgloss.NewStyle().Bold(true), lipgloss.NewStyle().Faint(true)
	t.Faint, t.Shade, t.KeyOff, t.Border = compile(faint), compile(faint), compile(faint), compile(faint)
	t.TabOn, t.BorderFocus, t.Dead, t.Bad = compile(bold.Underline(true)), compile(bold), compile(bold), compile(bold)
	t.Match = compile(lipgloss.NewStyle().Reverse(true))
	t.SelectionAway = compile(lipgloss.NewStyle())
}

// environments are the words with fixed colours; others get one by their hash.
var environments = map[string]string{
	"prod": "env-prod", "production": "env-prod", "live": "env-prod",
	"staging": "env-staging", "stage": "env-staging", "stg": "env-staging", "test": "env-staging", "qa": "env-staging",
	"dev": "env-dev", "development": "env-dev", "local": "env-dev",
}

var hashed = [...]string{"env-1", "env-2", "env-3", "env-4", "env-5"}

// Environment returns the style of an environment's word. It depends on the word
// alone, so that a word always has the same colour.
func (t *Theme) Environment(word string) Style {
	word = strings.ToLower(word)
	if s, ok := t.words[word]; ok {
		return s
	}
	if word == "" {
		return t.Muted
	}
	h := fnv.New32a()
	h.Write([]byte(word))
	return t.words[hashed[h.Sum32()%uint32(len(hashed))]]
}

// State returns the style and the sign of a state; the sign of work turns, see
// Spinner.
func (t *Theme) State(s session.State) (Style, string) {
	name, sign := ofState(s)
	return t.states[name], sign
}

// Guard returns the frame around an account with that guard.
func (t *Theme) Guard(g session.Guard) Frame {
	switch g {
	case session.GuardReadOnly:
		return frameDashed
	case session.GuardConfirm:
		return frameHeavy
	case session.GuardTypedConfirm:
		return frameDouble
	default:
		return frameRound
	}
}

// Frame returns the usual frame of a pane or an overlay.
func (t *Theme) Frame() Frame { return frameRound }

// Color returns the colour of a role for the parts that take no Style; it is
// lipgloss.NoColor without colours.
func (t *Theme) Color(name string) color.Color { return t.colours[name] }

// Dark reports whether the theme is for a dark background.
func (t *Theme) Dark() bool { return t.options.Dark }

// Options returns the options passed to New.
func (t *Theme) Options() Options { return t.options }

// Finish converts the signs of a composed frame if the terminal is limited to
// ASCII.
func (t *Theme) Finish(frame string) string {
	if !t.options.ASCII {
		return frame
	}
	return ASCII(frame)
}
