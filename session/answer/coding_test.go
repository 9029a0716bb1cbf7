package answer

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// coded returns a text in the named coding; deflate is zlib's, raw the bare form.
func coded(t *testing.T, coding string, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	case "raw":
		w, err = flate.NewWriter(&out, flate.BestSpeed)
	case "br":
		w = brotli.NewWriterLevel(&out, brotli.BestSpeed)
	case "zstd":
		w, err = zstd.NewWriter(&out)
	default:
		return text
	}
	if err == nil {
		_, err = w.Write(text)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func read(contentType, coding string, body io.Reader) (*Answer, error) {
	a := &Answer{Header: http.Header{"Content-Type": {contentType}}}
	if coding != "" {
		a.Header.Set("Content-Encoding", coding)
	}
	return a, a.Read(body, new(Part))
}

func TestEveryContentCodingIsUndone(t *testing.T) {
	t.Parallel()
	text := []byte(`{"name": "Zoë", "list": [` + strings.Repeat("1, ", 500) + `1]}`)
	for _, tt := range []struct {
		header string
		made   []string // in the order they were applied
	}{
		{"", nil}, {"identity", nil}, {"gzip", []string{"gzip"}}, {"GZip", []string{"gzip"}}, {"x-gzip", []string{"gzip"}},
		{"deflate", []string{"deflate"}}, {"deflate", []string{"raw"}}, {"br", []string{"br"}}, {"zstd", []string{"zstd"}},
		{"gzip, br", []string{"gzip", "br"}}, {"br ,identity,, zstd", []string{"br", "zstd"}},
		{"zstd, deflate, gzip, br", []string{"zstd", "deflate", "gzip", "br"}},
	} {
		body := text
		for _, coding := range tt.made {
			body = coded(t, coding, body)
		}
		for name, source := range map[string]io.Reader{"at once": bytes.NewReader(body), "by bytes": iotest.OneByteReader(bytes.NewReader(body))} {
			a, err := read("application/json", tt.header, source)
			if err != nil || !bytes.Equal(a.Body, text) || a.Media != MediaJSON || a.Note+a.Fault() != "" || a.Size != int64(len(text)) {
				t.Errorf("%q of %v, %s: %v, %s %.40q %s", tt.header, tt.made, name, err, a.Media, a.Body, a.Note)
			}
		}
	}
}

// TestACodingThatCannotBeUndoneIsNamed checks what a person reads of it.
func TestACodingThatCannotBeUndoneIsNamed(t *testing.T) {
	t.Parallel()
	binary := []byte{0x1f, 0x9d, 0x90, 0, 1, 2, 0xff, 0xfe, 0xfd}
	for _, tt := range []struct {
		header string
		body   []byte
		note   string
		fault  bool
	}{
		{"compress", binary, "its content coding compress is not supported", true},
		{"dcb, gzip", coded(t, "gzip", binary), "its content coding dcb is not supported", true},
		{"x\x1b]0;y", binary, "its content coding x␛]0;y is not supported", true},
		{"utf-8", []byte(`{"ok": true}`), "its content coding utf-8 is not supported", false},
		{"gzip,gzip,gzip,gzip,gzip", coded(t, "gzip", coded(t, "gzip", coded(t, "gzip", coded(t, "gzip", binary)))), "it has more than 4 content codings", true},
		{"compress", nil, "", false},
	} {
		a, err := read("application/octet-stream", tt.header, bytes.NewReader(tt.body))
		if err != nil || a.Note != tt.note || (a.Fault() != "") != tt.fault {
			t.Errorf("%q: %v, note %q, fault %q", tt.header, err, a.Note, a.Fault())
		}
		if _, isJSON := a.JSON(); isJSON == tt.fault && len(tt.body) > 0 {
			t.Errorf("%q: JSON %v", tt.header, isJSON)
		}
	}
}

func TestABodyMayBeEmptyInEveryCoding(t *testing.T) {
	t.Parallel()
	for name := range codings {
		if a, err := read("", name+", gzip", http.NoBody); err != nil || a.Media != MediaEmpty || a.Note != "" {
			t.Errorf("%s: %v, %s, %s", name, err, a.Media, a.Note)
		}
	}
}

// TestDamagedCodingsAreNoWholeBodies cuts and spoils what each coding made. What the
// connection did is told as that.
func TestDamagedCodingsAreNoWholeBodies(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("a text that can be made shorter. "), 400)
	broken := errors.New("the connection broke off")
	for name := range codings {
		whole := coded(t, name, text)
		var damaged *CodingError
		for _, part := range []int{1, len(whole) / 2, len(whole) - 1} {
			if _, err := read("", name, bytes.NewReader(whole[:part])); !errors.As(err, &damaged) || damaged.Coding != name {
				t.Errorf("%s cut after %d of %d bytes: %v", name, part, len(whole), err)
			}
			if _, err := read("", name, io.MultiReader(bytes.NewReader(whole[:part]), iotest.ErrReader(broken))); !errors.Is(err, broken) {
				t.Errorf("%s broken off after %d of %d bytes: %v", name, part, len(whole), err)
			}
		}
		if _, err := read("", name, strings.NewReader("this is no code, but a text")); !errors.As(err, &damaged) {
			t.Errorf("%s of a text: %v", name, err)
		}
	}
}

// TestCodingsAreBounded decodes bombs: alone, within each other, and a window that
// asks for much memory.
func TestCodingsAreBounded(t *testing.T) {
	t.Parallel()
	zeros := make([]byte, MaxBody+1<<20)
	for name := range codings {
		bomb := coded(t, name, zeros)
		if a, err := read("", name, bytes.NewReader(bomb)); !errors.Is(err, ErrTooLong) || len(a.Body) != MaxBody || a.Size != MaxBody {
			t.Errorf("%s: %v, %d bytes", name, err, len(a.Body))
		}
	}
	// An inner stream that is longer than a body may be, and holds nothing.
	empty := coded(t, "gzip", nil)
	inner := coded(t, "br", bytes.Repeat(empty, len(zeros)/len(empty)+1))
	if _, err := read("", "gzip, br", bytes.NewReader(inner)); !errors.Is(err, ErrTooLong) {
		t.Errorf("nothing in much: %v", err)
	}
	window := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 31 << 3, 1, 0, 0} // 2 TiB
	if _, err := read("", "zstd", bytes.NewReader(window)); !errors.As(err, new(*CodingError)) {
		t.Errorf("a large window: %v", err)
	}
}

// TestWhatOfATextCannotBeReadIsNamed checks charsets: of the header, a mark, and the
// text itself.
func TestWhatOfATextCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, contentType, body, want, note string
	}{
		{"windows-1253", "application/json; charset=windows-1253", "{\"a\": \"\xe3\xe5\xe9\xe1\"}", `{"a": "γεια"}`, ""},
		{"KOI8-R", "text/plain; charset=KOI8-R", "\xd0\xd2\xc9", "при", ""},
		{"EUC-KR", "text/plain; charset=ks_c_5601-1987", "\xb0\xa1", "가", ""},
		{"Big5", "text/plain;charset=\"big5\"", "\xa4\xa4", "中", ""},
		{"GB 18030", "text/plain; charset=gb18030", "\x81\x30\x81\x30", "\u0080", ""},
		{"an XML declaration", "application/xml", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", "<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>", ""},
		{"an HTML declaration", "text/html", "<html><META http-equiv=x content='text/html; charset=windows-1251'>\xcf", "<html><META http-equiv=x content='text/html; charset=windows-1251'>П", ""},
		{"the header before the text", "text/html; charset=latin1", "<meta charset=windows-1251>\xe9", "<meta charset=windows-1251>é", ""},
		{"JSON about HTML", "application/json", `{"a": "<meta charset=windows-1251>é"}`, "", ""},
		{"an unknown one", "text/plain; charset=nonesuch", "caf\xe9", "", "the charset nonesuch is not supported"},
		{"an unknown one of plain letters", "application/json; charset=utf-7", `{"a": "+AOk-"}`, "", "the charset utf-7 is not supported"},
		{"one that browsers refuse", "text/plain; charset=iso-2022-kr", "plain", "", "the charset iso-2022-kr is not supported"},
		{"an unknown one with zeros", "text/plain; charset=utf-32", "a\x00\x00\x00", "", "the charset utf-32 is not supported"},
		{"no UTF-8", "application/json", "{\"a\": \"\xe9\"}", "", "some bytes of its text are not UTF-8"},
		{"no UTF-8 as declared", "text/plain; charset=utf8", "\xe9", "", "some bytes of its text are not utf8"},
		{"a hole in a charset", "text/plain; charset=windows-1253", "\xd2", "\ufffd", "some bytes of its text are not windows-1253"},
		{"a picture", "image/png", "\x89PNG\r\n\x1a\n\x00\x00\xff", "", ""},
		{"UTF-8 with its mark", "text/plain; charset=windows-1253", "\ufeffé", "é", ""},
	} {
		_, text, note := Detect(tt.contentType, []byte(tt.body))
		want := tt.want
		if want == "" {
			want = tt.body
		}
		if string(text) != want || note != tt.note {
			t.Errorf("%s: %q, note %q, want %q, note %q", tt.name, text, note, want, tt.note)
		}
	}
}

// TestOneCharacterThatIsCutIsNoFault checks that a limit within a character is told
// as the limit alone.
func TestOneCharacterThatIsCutIsNoFault(t *testing.T) {
	t.Parallel()
	a, err := read("text/plain", "", strings.NewReader(strings.Repeat("é", MaxBody/2+1)[1:]))
	if !errors.Is(err, ErrTooLong) && a.Note != "" {
		t.Errorf("%v, note %q", err, a.Note)
	}
	a, err = read("text/plain", "", io.MultiReader(strings.NewReader("caf\xc3"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if err == nil || a.Note != "" {
		t.Errorf("%v, note %q", err, a.Note)
	}
	if !slices.Equal([]byte("caf\xc3"), a.Body) {
		t.Errorf("the body is %q", a.Body)
	}
}
