package secret_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime/quotedprintable"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"tokenring/session/secret"
)

// escaping are ways in which servers write the characters of a text, with what
// is usual in each.
var escaping = map[string]func(string) string{
	"JSON":            func(s string) string { return inside(marshal(s)) },
	"JSON of PHP":     func(s string) string { return strings.ReplaceAll(each(inside(marshal(s)), 0x80, `\u%04x`), "/", `\/`) },
	"JSON of .NET":    func(s string) string { return unreserved(s, func(r rune) string { return unicodeEscape(r, `\u%04X`) }) },
	"every character": func(s string) string { return each(s, 0, `\u%04x`) },
	"JavaScript hex":  func(s string) string { return bytewise(s, `\x%02x`) },
	"code points":     func(s string) string { return unreserved(s, func(r rune) string { return fmt.Sprintf(`\u{%x}`, r) }) },
	"C octal":         func(s string) string { return bytewise(s, `\%03o`) },
	"Python":          func(s string) string { return unreserved(s, func(r rune) string { return fmt.Sprintf(`\U%08x`, r) }) },
	"Go":              func(s string) string { return inside(strconv.QuoteToASCII(s)) },
	"query":           url.QueryEscape,
	"path":            url.PathEscape,
	"lower percent":   func(s string) string { return bytewise(s, `%%%02x`) },
	"old escape": func(s string) string {
		return unreserved(s, func(r rune) string { return unicodeEscape(r, `%%u%04X`) })
	},
	"HTML": func(s string) string { return html.EscapeString(noZero(s)) },
	"HTML decimal": func(s string) string {
		return unreserved(noZero(s), func(r rune) string { return fmt.Sprintf("&#%d;", r) })
	},
	"HTML hex": func(s string) string {
		return unreserved(noZero(s), func(r rune) string { return fmt.Sprintf("&#x%x;", r) })
	},
	"quoted-printable": quotedPrintable,
	"misread":          func(s string) string { return decoded(charmap.Windows1252, s) },
	"misread Latin-1":  func(s string) string { return decoded(charmap.ISO8859_1, s) },
	"windows-1252":     func(s string) string { out, _ := charmap.Windows1252.NewEncoder().String(s); return out },
	"UTF-16LE":         func(s string) string { return wide(s, binary.LittleEndian) },
	"UTF-16BE":         func(s string) string { return wide(s, binary.BigEndian) },
}

// noZero returns "" for text that cannot be written.
func noZero(s string) string {
	if strings.Contains(s, "\x00") {
		return ""
	}
	return s
}

func marshal(s string) string { b, _ := json.Marshal(s); return string(b) }
func inside(s string) string  { return s[1 : len(s)-1] }

func unicodeEscape(r rune, verb string) string {
	var out string
	for _, unit := range utf16.AppendRune(nil, r) {
		out += fmt.Sprintf(verb, unit)
	}
	return out
}

// each escapes the characters from a first one on.
func each(s string, first rune, verb string) string {
	var out strings.Builder
	for _, r := range s {
		if r < first {
			out.WriteRune(r)
			continue
		}
		out.WriteString(unicodeEscape(r, verb))
	}
	return out.String()
}

func unreserved(s string, escape func(rune) string) string {
	var out strings.Builder
	for _, r := range s {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._", r) {
			out.WriteRune(r)
			continue
		}
		out.WriteString(escape(r))
	}
	return out.String()
}

func bytewise(s, verb string) string {
	var out strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&out, verb, s[i])
	}
	return out.String()
}

func quotedPrintable(s string) string {
	s = noZero(s) // it may break lines there
	var out strings.Builder
	w := quotedprintable.NewWriter(&out)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return out.String()
}

func decoded(c *charmap.Charmap, s string) string {
	var out strings.Builder
	for i := range len(s) {
		r := c.DecodeByte(s[i])
		if r == '\uFFFD' {
			r = rune(s[i])
		}
		out.WriteRune(r)
	}
	return out.String()
}

func wide(s string, order binary.ByteOrder) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = append(out, 0, 0)
		order.PutUint16(out[len(out)-2:], unit)
	}
	return string(out)
}

// awkward has what escapes are for, and is long enough for a soft line break.
const awkward = `p+ss'w"o<r>&dé=/\ %41 €` + "\t" + `𝄞Zürich-and-a-long-tail-that-mail-breaks-into-two-lines~`

func TestRedactorUndoesEscapesInOneAnother(t *testing.T) {
	t.Parallel()
	for _, known := range []string{awkward, jwt} {
		r := secret.NewRedactor(secret.New(known))
		nest(known, "", 3, func(text, how string) {
			const beside = 16 // bytes of an escape of a zero or a line break
			if got := r.Text(text + ">"); len(got) > len(secret.Hidden+">")+beside || !strings.Contains(got, secret.Hidden) {
				t.Errorf("%.10q as%s: %d bytes of %d are left", known, how, len(got), len(text))
			}
		})
	}
}

// nest escapes a text in every way, up to depth ways in one another.
func nest(text, how string, depth int, check func(text, how string)) {
	if depth == 0 || !utf8.ValidString(text) {
		return // what writes text cannot write these bytes
	}
	for name, escape := range escaping {
		if name == "windows-1252" && strings.Contains(text, "𝄞") {
			continue // it has no such character
		}
		escaped := escape(text)
		if escaped != "" {
			check(escaped, how+" "+name)
		}
		nest(escaped, how+" "+name, depth-1, check)
	}
}

func TestRedactorUndoesEscapesOfBase64AndHex(t *testing.T) {
	t.Parallel()
	r := secret.NewRedactor(secret.New(awkward))
	for _, before := range []string{"", "a", "ab", "abc"} {
		plain := []byte(before + awkward)
		for _, text := range []string{
			base64.StdEncoding.EncodeToString(plain), base64.URLEncoding.EncodeToString(plain), hex.EncodeToString(plain),
		} {
			for a, one := range escaping {
				if got := r.Text("<" + one(text) + ">"); !strings.Contains(got, secret.Hidden) || len(got) > 60 {
					t.Errorf("%s of %q: %q", a, before, got)
				}
			}
		}
	}
}

func TestRedactorFindsWhatServersPutIntoBase64(t *testing.T) {
	t.Parallel()
	const known = `Kö+p'w"9<Zq>&é=/xÜ7`
	r := secret.NewRedactor(secret.New(known))
	for how, text := range map[string]string{
		"JSON": escaping["JSON"](known), "JSON of Python": `K\u00f6+p'w\"9<Zq>&\u00e9=/x\u00dc7`, "plain JSON": `Kö+p'w\"9<Zq>&é=/xÜ7`,
		"query": escaping["query"](known), "path": escaping["path"](known), "HTML": escaping["HTML"](known),
		"windows-1252": escaping["windows-1252"](known),
	} {
		for _, before := range []string{"", "a", "ab"} {
			for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
				out := r.Text("<" + enc.EncodeToString([]byte(before+text+"~")) + ">")
				if !strings.Contains(out, secret.Hidden) || len(out) > 30 {
					t.Errorf("%s after %q: %q", how, before, out)
				}
			}
		}
	}
}

func TestRedactorFindsHexOfBytesApart(t *testing.T) {
	t.Parallel()
	r := secret.NewRedactor(secret.New(password))
	for _, text := range []string{fmt.Sprintf("% x", password), strings.ReplaceAll(fmt.Sprintf("% x", password), " ", ":"), strings.ReplaceAll(fmt.Sprintf("% X", password), " ", ":")} {
		if got := r.Text("<Buffer " + text + ">"); got != "<Buffer "+secret.Hidden+">" {
			t.Error(got)
		}
	}
}

func TestAPasswordInsideABasicCredentialIsKnown(t *testing.T) {
	t.Parallel()
	known := secret.New(base64.StdEncoding.EncodeToString([]byte("me:Xy9!kkQQwwzz")))
	if got := secret.NewRedactor(known).Text(`user me, password Xy9!kkQQwwzz`); got != "user me, password "+secret.Hidden {
		t.Error(got)
	}
	clear := secret.NewClear(known)
	if !clear.Knows("k=Xy9%21kkQQwwzz") || clear.Path("/x/Xy9!kkQQwwzz/y") != "/x/"+secret.Hidden+"/y" {
		t.Error("a name may hold the password")
	}
	if got := clear.Path("/x/Xy9%252521kkQQwwzz"); got != "/x/"+secret.Hidden {
		t.Errorf("escaped three times: %s", got)
	}
}

func TestRedactorLeavesCommonWordsInNamesAndLongerWords(t *testing.T) {
	t.Parallel()
	r := secret.NewRedactor(secret.New("password"), secret.New("datarhei"), secret.New("20260101"))
	const h = secret.Hidden
	for in, want := range map[string]string{
		`{"app":"datarhei-core","password":"password"}`:  `{"app":"datarhei-core","password":"` + h + `"}`,
		`{\"password\" : \"password\"}`:                  `{\"password\" : \"` + h + `\"}`,
		`password=password&next=1`:                       `password=` + h + `&next=1`,
		`wrong password datarhei.`:                       `wrong ` + h + ` ` + h + `.`,
		`password_hash passwords 120260101`:              `password_hash passwords 120260101`,
		`q=a%20password%20b`:                             `q=a%20` + h + `%20b`,
		`line\npassword\nline`:                           `line\n` + h + `\nline`,
		`cGFzc3dvcmQ= 20260101`:                          h + ` ` + h,
		`datarhei`:                                       h,
		"https://h/datarhei/x":                           "https://h/" + h + "/x",
		`&quot;password&quot; =3Dpassword \u0070assword`: `&quot;` + h + `&quot; =3D` + h + ` ` + h,
	} {
		if got := r.Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}
