package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tokenring/session/secret"
)

// awkward has what escapes are for, and is long enough for a soft line break.
const awkward = `p+ss'w"o<r>&dé=/\ %41 €` + "\t" + `𝄞Zürich-and-a-long-tail-that-mail-breaks-into-two-lines~`

func TestRedactorFindsEveryFormInEveryOther(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	known := []string{awkward, jwt}
	for range 10 {
		known = append(known, randomPassword(random), randomToken(random))
	}
	r := secret.NewRedactor(secrets(known)...)
	nest(func(how string, write func(string) string) {
		const beside = 16 // bytes of an escape of a zero or a line break
		raw := known[random.IntN(len(known))]
		text := write(raw)
		if text == "" {
			return
		}
		got := r.Text("<" + text + ">")
		most := len(secret.Hidden) + beside
		if len(got) > most {
			most += 2 * max(len(write("x")), len(write("xy")), len(write("xyz"))) // their frames
		}
		if len(got) > most || !strings.Contains(got, secret.Hidden) {
			t.Errorf("%.10q as%s: %d bytes of %d are left", raw, how, len(got), len(text))
		}
	})
}

// TestUTF16OfAnySecret: the halves of some characters are control characters, one of them that which ends a piece.
func TestUTF16OfAnySecret(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"ğabcdeğ-1", "ἁἁabcdef1", "пароль-1", `"пароль"`, "密码密码12"} {
		r := secret.NewRedactor(secret.New(raw))
		for _, how := range []string{"UTF-16LE", "UTF-16BE"} {
			text := escaping[how](raw)
			for _, text := range []string{text, escaping["base64"](text), escaping["hex with blanks"](text)} {
				if got := r.Text(text); !strings.Contains(got, secret.Hidden) {
					t.Errorf("%q as %s is left: %q", raw, how, got)
				}
			}
		}
	}
}

// TestFewBytesAreDecoded covers texts with the fewest characters that a secret can have in them, and with rare ones.
func TestFewBytesAreDecoded(t *testing.T) {
	t.Parallel()
	bytes := func(s string) string { return s }
	cut := func(s string) string { return s[:20] }
	latin := escaping["windows-1252"]
	for raw, write := range map[string]func(string) string{
		"abc\x01defgh": bytes, "abc\x1bdefgh": bytes, "abc\x7fdefgh": bytes, "abc\x1fdefgh": bytes,
		"\x95\xffab\x01\x02\x80\xfe": bytes, "abcd\x95\u00e9fgh": bytes,
		norm.NFD.String("aő1bcdőfg"): norm.NFC.String, norm.NFD.String("각각"): norm.NFC.String,
		"tok_aB3xY9aB3xY9aB3xY9aB3xY9aB3xY9aB3xY9": cut, "Größe-aB3xY9aB3xY9aB3xY9aB3xY9": cut,
		"Größe-123": latin, "hünter": latin, "hunter22": bytes,
	} {
		r := secret.NewRedactor(secret.New(raw))
		text := write(raw)
		groups := strings.TrimSpace(regexp.MustCompile(`....`).ReplaceAllString(hex.EncodeToString([]byte(text)), "$0 "))
		for how, text := range map[string]string{"base64": escaping["base64"](text), "hex": escaping["hex"](text), "hex of two bytes": groups} {
			if got := r.Text(text); !strings.Contains(got, secret.Hidden) {
				t.Errorf("%q as %s is left: %q", raw, how, got)
			}
		}
	}
	r := secret.NewRedactor(secret.New("\ufdfaabcdef1")) // a character that is 33 bytes when folded
	for offset := range 9 {
		if got := r.Text(strings.Repeat(".", offset) + "\ufdfaabcdef1 and more"); !strings.Contains(got, secret.Hidden) {
			t.Errorf("at %d: %q", offset, got)
		}
	}
}

// Two forms may become the same text when they are undone, by different ways.
func TestFormsDoNotHideEachOther(t *testing.T) {
	t.Parallel()
	const raw = "p&ss=w%72d+x 7f"
	r := secret.NewRedactor(secret.New(raw))
	names := slices.Sorted(maps.Keys(escaping))
	for _, inner := range []func(string) string{escaping["base64 after 2"], escaping["JSON"]} {
		for _, first := range names {
			for _, second := range names {
				a, b := escaping[first](inner(raw)), escaping[second](inner(raw))
				got := r.Text(marshal("<" + a + ">\n<" + b + ">"))
				if strings.Contains(got, inside(marshal(a))) || strings.Contains(got, inside(marshal(b))) || strings.Count(got, secret.Hidden) < 2 {
					t.Errorf("as %s and %s: %.300q", first, second, got)
				}
			}
		}
	}
}

// An escape is undone with what a secret could reach, not with all of a long text.
func TestFormsInALongText(t *testing.T) {
	t.Parallel()
	const filler, fillers = "and so it goes on, ", 1 << 11
	r := secret.NewRedactor(secret.New(awkward))
	var text strings.Builder
	forms := 0
	for _, name := range slices.Sorted(maps.Keys(escaping)) {
		if form := escaping[name](awkward); form != "" {
			text.WriteString(strings.Repeat(filler, fillers) + escaping[name](`é&x='2'\`) + " <" + form + ">, ")
			forms++
		}
	}
	got := r.Text(text.String())
	if n := strings.Count(got, secret.Hidden); n < forms {
		t.Errorf("%d masks for %d forms", n, forms)
	}
	if n := strings.Count(got, filler); n != forms*fillers {
		t.Errorf("%d parts of ordinary text are left, of %d", n, forms*fillers)
	}
}

// A mask begins and ends with an escape, not within one, where a form touches it.
func TestWhatIsAroundAMaskStaysJSON(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`p&ss=w%72d+"ü" \n ${x} 密'`, jwt} {
		r := secret.NewRedactor(secret.New(raw))
		for inner, write := range escaping {
			for outer, again := range escaping {
				form := write(raw)
				if form != "" && utf8.ValidString(form) {
					form = again(form)
				}
				body := fmt.Sprintf(`{"a":%[1]s,"list":["x",%[1]s]}`, marshal("<"+form+">"))
				var got struct{ List []string }
				err := json.Unmarshal([]byte(r.Text(body)), &got)
				if err != nil || len(got.List) != 2 || got.List[0] != "x" {
					t.Errorf("%.10q as %s %s: %v in %.200s", raw, inner, outer, err, r.Text(body))
				}
			}
		}
	}
}

func secrets(all []string) []secret.String {
	var out []secret.String
	for _, s := range all {
		out = append(out, secret.New(s))
	}
	return out
}

func randomPassword(random *rand.Rand) string {
	letters := []rune(` !"#$%&'()*+,-./0123456789:;<=>?@ABCXYZ[\]^_abcxyz{|}~äéßÇÅñ€Øž`)
	out := []rune("äÖ")
	for range 16 + random.IntN(8) {
		out = append(out, letters[random.IntN(len(letters))])
	}
	return string(out) + "~"
}

func randomToken(random *rand.Rand) string {
	var out []byte
	for range 18 + random.IntN(20) {
		out = append(out, byte(random.IntN(256)))
	}
	return base64.StdEncoding.EncodeToString(out)
}

// nest calls check with every way to write a text in one form or two, and with a sample
// of those in three. TOKENRING_NESTED=1 asks for all of these.
func nest(check func(how string, write func(string) string)) {
	const depth, sample = 3, 61
	all, count := os.Getenv("TOKENRING_NESTED") != "", 0
	var further func(how string, write func(string) string, left int)
	further = func(how string, write func(string) string, left int) {
		for _, name := range slices.Sorted(maps.Keys(escaping)) {
			if strings.Contains(how, "UTF-16") && strings.Contains(name, "UTF-16") {
				continue // letters with accents apart are not found there, and nobody writes it
			}
			both := func(s string) string {
				if s = write(s); s == "" || !utf8.ValidString(s) {
					return "" // what writes text cannot write these bytes
				}
				return escaping[name](s)
			}
			if count++; left > 1 || all || count%sample == 0 {
				check(how+" "+name, both)
			}
			if left > 1 {
				further(how+" "+name, both, left-1)
			}
		}
	}
	further("", func(s string) string { return s }, depth)
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

func TestRedactorComparesStrongSecretsInAnyCase(t *testing.T) {
	t.Parallel()
	const known = "Größe-Ķ9x_Straße"
	r := secret.NewRedactor(secret.New(known), secret.New("datarhei"), secret.New("Müller"))
	for _, text := range []string{strings.ToUpper(known), strings.ToLower(known), "GRÖSSE-Ķ9X_STRASSE"} {
		for _, form := range []string{"NFC", "NFD", "JSON of PHP", "base64", "hex", "UTF-16LE", "misread", "quoted-printable", "decimals"} {
			if got := r.Text("<" + escaping[form](text) + ">"); got != "<"+secret.Hidden+">" {
				t.Errorf("%s of %q: %q", form, text, got)
			}
		}
	}
	for _, text := range []string{"DATARHEI", "Datarhei", "muller", "MÜLLER"} {
		if got := r.Text(text); got != text {
			t.Errorf("a word in another spelling: %q", got)
		}
	}
}

func TestRedactorLeavesOrdinaryText(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	known := []string{awkward, jwt, "password", "datarhei", "20260101", "hunter22"}
	for range 20 {
		known = append(known, randomPassword(random), randomToken(random))
	}
	r := secret.NewRedactor(secrets(known)...)
	for _, text := range []string{
		`{"password":"x","datarhei":[1,2,98,97,110,255],"id":"3f2504e0-4f89-11d3-9a0c-0305e82c3301","passwords":"\u00e4\n"}`,
		"# datarhei-core\n\nSee https://example.com/api/v3/process?x=1&copy=2&page=%41+b for 100% of it; it's 'so', \"so\" and ''so''.\n",
		"0000: 48 65 6c 6c 6f 20 77 6f 72 6c 64 21 [72, 101, 108, 108, 111, 32, 119, 111]\n",
		base64.StdEncoding.EncodeToString(noise(10_000)), string(noise(10_000)), list(noise(10_000), ", "), wrap(randomToken(random)+randomToken(random), "\r\n"),
		base64.StdEncoding.EncodeToString([]byte(`{"password":"x","app":"datarhei-core"}`)),
		"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= =?utf-8?b?w6nDqQ==?=\r\n", "Größe, Ärger & Ñandú; 中文 и кириллица\n",
	} {
		if got := r.Text(text); got != text {
			t.Errorf("%.60q became %.200q", text, got)
		}
	}
}

// TestSecretsThatChangeTheirLength: a blank beside a plus, and characters that take fewer bytes in a text than when
// folded, at each offset.
func TestSecretsThatChangeTheirLength(t *testing.T) {
	t.Parallel()
	quote := func(s string) string { return strings.Trim(strconv.Quote(s), `"`) }
	latin := func(s string) string {
		return strings.NewReplacer("€", "\x80", "ß", "\xdf", "½", "\xbd", "ü", "\xfc", "é", "\xe9", "ä", "\xe4", "ö", "\xf6").Replace(s)
	}
	for _, raw := range []string{"pass +word-1", "Tk x+ 9x-abcdef", `ü+ a++"é x`, "€uropass1", `€uro"pass1`, `ßa"bcdefg`, `½"123456`, "äö ü1", "é é é", "½½½½word"} {
		r := secret.NewRedactor(secret.New(raw))
		for how, write := range map[string]func(string) string{
			"itself": func(s string) string { return s }, "JSON": quote, "a form": url.QueryEscape, "pluses": func(s string) string { return strings.ReplaceAll(s, " ", "+") },
			"windows-1252": latin, "base64": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("0123456789 " + s)) },
			"base64 of JSON": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("0123456789 " + quote(s))) },
		} {
			if how == "windows-1252" && len(raw) < 10 && strings.Contains(raw, " ") {
				continue // too little is left when folded: it must be spelled as it is
			}
			for offset := range 9 {
				text := strings.Repeat(".", offset) + " " + write(raw) + " and what follows it"
				if got := r.Text(text); !strings.Contains(got, secret.Hidden) {
					t.Errorf("%q as %s at %d is left: %q", raw, how, offset, got)
				}
			}
		}
	}
}
