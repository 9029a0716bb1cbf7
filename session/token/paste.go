package token

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tokenring/session/secret"
)

// Enter returns the one token of what a person entered, cleaned as by Clean. The note says out of what it was taken,
// and is "" where only signs around it came off. The fault says why nothing can be sent as a token, or is "". Neither
// repeats anything but names.
func Enter(entered secret.String) (value secret.String, note, fault string) {
	text, ignored, fault := Clean(entered.Reveal())
	for _, what := range ignored {
		if strings.HasPrefix(what, moreText) {
			note = "there is " + what
		}
	}
	if fault == "" {
		fault = Fault(text)
	}
	if at := strings.IndexByte(text, ' '); fault == "" && at >= 0 {
		fault = "character " + strconv.Itoa(at+1) + " is a blank, and a token has none"
	}
	return secret.New(text), note, fault
}

// Clean returns the one token of a text as Find tells it apart, and names what was left out around it and inside it. The
// fault says that there are several or none, such as a scheme alone. Every token that a person enters passes through
// Clean, so that the stored text is the one that was shown.
func Clean(raw string) (text string, ignored []string, fault string) {
	text = raw
	for range maxNesting {
		x := search(text)
		if fault = x.fault(); fault != "" && x.text != "" {
			return "", nil, fault
		}
		if x.text == "" || x.found[0].text == text {
			return x.text, ignored, ""
		}
		text = x.found[0].text
		for _, what := range x.leftOut() {
			ignored = note(ignored, what)
		}
	}
	return "", nil, noToken
}

// Fault returns what is wrong with a text that is to be sent as a token, or "". A token has printable ASCII alone
// (RFC 6749, appendix A.12). The sentence names the place, and nothing of the text.
func Fault(text string) string {
	if isShortened(text) {
		return shortened
	}
	return fault(text, "and a token has printable ASCII alone", func(r rune) bool { return r < ' ' || r > '~' })
}

// LineFault is Fault for a text that is a part of a header or a path: it has no control character but the tab of a header
// (RFC 9110, section 5.5).
func LineFault(text string) string {
	return fault(text, "which no header or path can have", func(r rune) bool { return isLineBreak(r) || unicode.IsControl(r) && r != '\t' })
}

// ScopeFault is Fault for the scopes that a login asks for, with blanks between (RFC 6749, appendix A.4).
func ScopeFault(text string) string {
	return fault(text, `and a scope has printable ASCII without " and \ alone`, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' })
}

// fault says which character of a text is the first bad one, and of what kind it is.
func fault(text, why string, bad func(rune) bool) string {
	at := strings.IndexFunc(text, bad)
	if at < 0 {
		return ""
	}
	r, _ := utf8.DecodeRuneInString(text[at:])
	what := "not ASCII"
	switch {
	case isLineBreak(r):
		what = "a line break"
	case unicode.IsControl(r):
		what = "a control character"
	case isBlank(r):
		what = "an invisible character"
	case r <= unicode.MaxASCII:
		what = string(r)
	}
	return "character " + strconv.Itoa(utf8.RuneCountInString(text[:at])+1) + " is " + what + ", " + why
}

// isBlank reports white space and the invisible characters that chats and web pages add.
func isBlank(r rune) bool {
	if r > ' ' && r < 0x7f { // most of a token, and it may be megabytes long
		return false
	}
	return unicode.IsSpace(r) || r == '\u200b' || r == '\u2060' || r == '\ufeff'
}

func isLineBreak(r rune) bool {
	return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085'
}

func note(notes []string, text string) []string {
	if slices.Contains(notes, text) {
		return notes
	}
	return append(notes, text)
}
