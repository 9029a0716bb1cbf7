package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"tokenring/session/secret"
)

const (
	password = `p@ss w/ö&<"rd>+?`
	jwt      = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.nX6Rw0cDkTqGq3p0hN8vJ_3K-s"
)

func TestRedactorFindsEveryEncoding(t *testing.T) {
	t.Parallel()
	r := secret.NewRedactor(secret.New(password), secret.New(jwt))
	inJSON, err := json.Marshal(map[string]string{"p": password})
	if err != nil {
		t.Fatal(err)
	}
	basic := base64.StdEncoding.EncodeToString
	for name, text := range map[string]string{
		"raw":               "got " + password + " from you",
		"token":             "Bearer " + jwt,
		"query":             "https://h/?p=" + url.QueryEscape(password),
		"lower-case query":  "https://h/?p=p%40ss+w%2f%c3%b6%26%3c%22rd%3e%2b%3f",
		"path":              "https://h/" + url.PathEscape(password) + "/x",
		"URI component":     "p=p%40ss%20w%2F%C3%B6%26%3C%22rd%3E%2B%3F",
		"JSON":              string(inJSON),
		"JSON, plain":       `{"p":"p@ss w/ö&<\"rd>+?"}`,
		"JSON, slashes":     `{"p":"p@ss w\/ö&<\"rd>+?"}`,
		"JSON, ASCII":       `{"p":"p@ss w/\u00f6&<\"rd>+?"}`,
		"JSON, PHP":         `{"p":"p@ss w\/\u00f6&<\"rd>+?"}`,
		"HTML":              "<b>p@ss w/ö&amp;&lt;&#34;rd&gt;+?</b>",
		"base64":            basic([]byte(password)) + ".",
		"base64, no pad":    base64.RawStdEncoding.EncodeToString([]byte(password)) + ".",
		"base64url":         base64.URLEncoding.EncodeToString([]byte(password)),
		"Basic, position 0": "Basic " + basic([]byte("me:"+password)),
		"Basic, position 1": "Basic " + basic([]byte("you:"+password)),
		"Basic, position 2": "Basic " + basic([]byte("admin:"+password+":x")),
		"hex":               hex.EncodeToString([]byte(password)),
		"HEX":               strings.ToUpper(hex.EncodeToString([]byte(password))),
	} {
		for how, got := range map[string]string{"Text": r.Text(text), "Bytes": string(r.Bytes([]byte(text)))} {
			if !strings.Contains(got, secret.Hidden) {
				t.Errorf("%s: %s(%q) found nothing", name, how, text)
			}
			for _, piece := range []string{"rd", "UzI1NiJ9", "c3Mg", "7366", "%26", "NzIHcv"} {
				if strings.Contains(got, piece) {
					t.Errorf("%s: %s(%q) = %q leaves %q", name, how, text, got, piece)
				}
			}
		}
	}
}

func TestRedactorLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	known := func(all ...string) *secret.Redactor {
		var s []secret.String
		for _, k := range all {
			s = append(s, secret.New(k))
		}
		return secret.NewRedactor(s...)
	}
	const h = secret.Hidden
	var absent secret.String
	for _, tc := range []struct {
		name     string
		redactor *secret.Redactor
		in, want string
	}{
		{"no redactor", nil, "a secret", "a secret"},
		{"nothing known", known(), "a secret", "a secret"},
		{"absent secrets", secret.NewRedactor(absent, secret.New("")), "a secret", "a secret"},
		{"not in it", known("hunter22"), "hunter21 hunter2", "hunter21 hunter2"},
		{"empty", known("hunter22"), "", ""},
		{"all of it", known("hunter22"), "hunter22", h},
		{"twice in a row", known("hunter22"), "hunter22hunter22", h + h},
		{"at both ends", known("hunter22"), "hunter22 and hunter22", h + " and " + h},
		{"false start", known("hunter22"), "hunthunter22", "hunt" + h},
		{"one in another", known("secre7", "my-secre7-key"), "my-secre7-key secre7 my-secre7", h + " " + h + " my-" + h},
		{"overlapping", known("abcdefg8", "efg8ijkl"), "<abcdefg8ijkl>", "<" + h + ">"},
		{"suffix of a longer one that fails", known("abcdefg8X", "cdefg8"), "abcdefg8Y", "ab" + h + "Y"},
		{"repeating", known("aaaaaa8"), "aaaaaaaaaaaa8", "aaaaaa" + h},
		{"short one inside words", known("pass"), "password: pass", "password: pass"},
		{"short one as the whole", known("pass"), "pass", h},
		{"doubled quotes", known(`pa"ss"-1`), `"pa""ss""-1"`, `"` + h + `"`},
		{"decimals behind a letter", known("hunter22"), "b104, 117, 110, 116, 101, 114, 50, 50, 0", "b" + h + ", 0"},
		{"hex behind a letter", known("hunter22"), "x68 75 6e 74 65 72 32 32, a68 75 6e 74 65 72 32 32", "x" + h + ", a" + h},
		{"decimals behind digits", known("ähunter22"), "52195, 164, 104, 117, 110, 116, 101, 114, 50, 50, 0", "52" + h + ", 0"},
		{"decimals behind long ones", known("datarhei"), "253339253765|100, 97, 116, 97, 114, 104, 101, 105", "253339253765|" + h},
		{"decimals between long ones", known("datarhei"), "100, 97, 116, 97, 114, 104, 253339253765|100, 97, 116, 97, 114, 104, 101, 105", "100, 97, 116, 97, 114, 104, 253339253765|" + h},
		{"hex behind a long one", known("datarhei"), "253339253765 64 61 74 61 72 68 65 69", "253339253765 " + h},
		{"hex behind an escape", known("hunter22"), `\U0000001b68 75 6e 74 65 72 32 32, 0`, `\U0000001b` + h + ", 0"},
		{"cut off at the end", known("a-token-of-some-length"), "body: a-token-of-some-l", "body: " + h},
		{"cut off in UTF-16", known("737RZqmsJzUR6fzRW9IaeKp/", `äÖ,[XÇ|6<\xc,8bc>%\~äÖX#a@Å)8%:%|\]=zZZž=ä}B~`, "äÖ^8Ç~aØC^ññ^0é5B+7~"), "PABxADcAMwA3AFIAWgBxAG0AcwBKAHoAVQBSADYAZgB6AFIAVwA5AE", "PABx" + h},
		{"a few letters of it at the end", known("a-token-of-some-length"), "body: a-token", "body: a-token"},
	} {
		if got := tc.redactor.Text(tc.in); got != tc.want {
			t.Errorf("%s: Text(%q) = %q, want %q", tc.name, tc.in, got, tc.want)
		}
		in := []byte(tc.in)
		if got := string(tc.redactor.Bytes(in)); got != tc.want {
			t.Errorf("%s: Bytes(%q) = %q, want %q", tc.name, tc.in, got, tc.want)
		}
		if string(in) != tc.in {
			t.Errorf("%s: Bytes changed its argument", tc.name)
		}
	}
}

func TestRedactorPrintsNoSecret(t *testing.T) {
	t.Parallel()
	r := secret.NewRedactor(secret.New("zzzzzzzz"), secret.New("yyy"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		if got := fmt.Sprintf(verb, r); got != secret.Hidden {
			t.Errorf("%s prints %.80q", verb, got)
		}
	}
}

func FuzzRedactor(f *testing.F) {
	f.Add("hunter22", "efghijk1", "xxhunter22efghijk1")
	f.Add("aaaaaa8", "aaaaaaaa8", "aaaaaaaaaaaaaaa8")
	f.Add("00\x95A", "0", "0")
	f.Fuzz(func(t *testing.T, a, b, text string) {
		a, b = a+"-7", b+"-7" // no word
		r := secret.NewRedactor(secret.New(a), secret.New(b))
		got := r.Text(text + " " + a + text)
		if s := string(r.Bytes([]byte(text + " " + a + text))); s != got {
			t.Fatalf("Text gives %q, Bytes %q", got, s)
		}
		for piece := range strings.SplitSeq(got, secret.Hidden) {
			for _, k := range []string{a, b} {
				if len(k) >= 6 && strings.Contains(piece, k) {
					t.Errorf("%q is left in %q", k, got)
				}
			}
		}
	})
}

func BenchmarkRedactor(b *testing.B) {
	token := strings.Repeat(jwt, 20)
	known := []secret.String{secret.New(token), secret.New(token[:1000] + "refresh"), secret.New(password)}
	r := secret.NewRedactor(known...)
	row := []byte(`{"id": 4711, "name": "Ada Lovelace", "avatar": "eyJhbGciOiJub25lIn0", "tags": ["a", "b"]},` + "\n")
	body := bytes.Repeat(row, 10<<20/len(row))

	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			secret.NewRedactor(known...)
		}
	})
	for name, body := range map[string][]byte{
		"10MiB clean":           body,
		"10MiB hits":            bytes.ReplaceAll(body, []byte("Ada Lovelace"), []byte(password)),
		"10MiB escaped":         bytes.ReplaceAll(body, []byte(`"`), []byte(`\"`)),
		"10MiB \\u":             []byte(strings.Repeat(each("Zürich is 1", 0, `\u%04x`), 10<<20/66)),
		"10MiB escaped hits":    []byte(strings.Repeat(inside(marshal(password))+" and more text, too. ", 10<<20/44)),
		"10MiB hostile escapes": []byte(strings.Repeat(url.QueryEscape(each(token[:900], 0, `\u%04x`)), 10<<20/7200)),
		"10MiB base64":          []byte(base64.StdEncoding.EncodeToString(noise(10 << 20 * 3 / 4))),
		"10MiB MIME":            []byte(wrap(base64.StdEncoding.EncodeToString(bytes.Repeat(row, 10<<20*3/4/len(row))), "\r\n")),
		"10MiB numbers":         []byte(list(noise(10<<20/5), ", ")),
		"10MiB hostile":         bytes.Repeat([]byte(token[:len(token)-1]), 10<<20/len(token)),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				r.Bytes(body)
			}
		})
	}
}

// noise returns bytes of an image or an archive.
func noise(n int) []byte {
	out := make([]byte, n)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(out)
	return out
}

func BenchmarkCleanText(b *testing.B) {
	for name, line := range map[string]string{
		"ASCII": `{"id": 4711, "name": "Ada Lovelace"}` + "\n", "mixed": "Zoë\t👩🏽\u200d⚕\ufe0f \x1b[2J\n",
	} {
		text := strings.Repeat(line, 1<<20/len(line))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				secret.CleanText(text)
			}
		})
	}
}
