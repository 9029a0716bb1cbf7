package response

import (
	"cmp"
	"mime"
	"path"
	"strings"
	"unicode"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// fileName suggests the name of a file for what is shown.
func (o *Overlay) fileName() string {
	switch o.body.made {
	case madeJQ:
		return baseName(o.run) + ".json"
	case madePipe:
		return baseName(o.run) + ".txt"
	}
	if name := attachment(o.run); name != "" {
		return name
	}
	return baseName(o.run) + suffix(o.run)
}

// attachment returns the name that the server gives the body (RFC 6266), or "".
func attachment(r *request.Run) string {
	for _, h := range r.Headers {
		if strings.EqualFold(h.Name, "Content-Disposition") {
			_, params, _ := mime.ParseMediaType(h.Value) // without parameters where it is damaged
			return plainName(params["filename"])
		}
	}
	return ""
}

// baseName names the body after its request, without a suffix.
func baseName(r *request.Run) string {
	name := plainName(cmp.Or(r.Spec.Name, session.SketchTarget(r.Spec.Path(), nil)))
	return cmp.Or(strings.TrimSuffix(name, path.Ext(name)), "response")
}

// longestName bounds a suggested name, in characters.
const longestName = 60

// plainName returns the last part of a path as a name that is safe in every file system and
// terminal; "" if nothing is left.
func plainName(name string) string {
	name = strings.Trim(name, `/\`)
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, secret.CleanLine(name)) // some letters are invisible
	runes := []rune(strings.TrimLeft(name, ".-")) // hidden, or taken for an option
	return strings.TrimRight(string(runes[:min(len(runes), longestName)]), ".-")
}

// suffix returns the suffix of a file for a body.
func suffix(r *request.Run) string {
	switch r.Media {
	case answer.MediaJSON, answer.MediaHTML, answer.MediaXML:
		return "." + string(r.Media)
	case answer.MediaBinary:
		kind, _, _ := mime.ParseMediaType(r.ContentType)
		if _, minor, ok := strings.Cut(kind, "/"); ok && len(minor) <= 5 && strings.Trim(minor, "abcdefghijklmnopqrstuvwxyz0123456789") == "" {
			return "." + minor
		}
		return ".bin"
	}
	return ".txt"
}
