package response

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/ui/screen"
)

// saving shows a response and types the name of a file to save it in.
func saving(t *testing.T, run *request.Run, path string) *stage {
	t.Helper()
	s := show(t, run, 100, 20)
	s.Press("s")
	s.Type(path)
	s.Press("enter")
	return s
}

// asked returns the last message to the root.
func (s *stage) asked() any { return s.Asked[len(s.Asked)-1] }

func TestABodyIsSavedAsItIsShown(t *testing.T) {
	t.Parallel()
	text := order("one\ttwo\r\n\x1b[31mthree")
	text.Media = answer.MediaText
	binary := order("\x89PNG\x00\xff")
	binary.Media = answer.MediaBinary
	for name, tt := range map[string]struct {
		run  *request.Run
		keys []string
		want string
	}{
		"laid out":   {order(`{"a":1}`), nil, "{\n  \"a\": 1\n}\n"},
		"as it came": {order(`{"a":1}`), []string{"r"}, `{"a":1}`},
		"text":       {text, nil, string(text.Body)},
		"binary":     {binary, nil, string(binary.Body)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := show(t, tt.run, 100, 20)
			s.Press(append(tt.keys, "s")...)
			dir := t.TempDir()
			s.Type(dir)
			s.Press("enter")
			note, ok := s.asked().(screen.NotedMsg)
			all, _ := os.ReadDir(dir)
			if !ok || note.Level != screen.Info || len(all) != 1 || !strings.Contains(note.Text, all[0].Name()) {
				t.Fatalf("%+v, %v", s.asked(), all)
			}
			path := filepath.Join(dir, all[0].Name())
			data, err := os.ReadFile(path)
			if err != nil || string(data) != tt.want {
				t.Errorf("%q, %v", data, err)
			}
			if info, _ := os.Stat(path); info.Mode() != 0o600 && runtime.GOOS != "windows" {
				t.Error(info.Mode())
			}
		})
	}
}

func TestAFileIsReplacedOnlyAfterAQuestion(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mine")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := saving(t, order(`{"a":1}`), path)
	q, ok := s.asked().(screen.Question)
	if data, _ := os.ReadFile(path); !ok || string(data) != "mine" {
		t.Fatalf("%q, %+v", data, s.asked())
	}
	s.Send(q.Do()())
	if data, _ := os.ReadFile(path); string(data) != "{\n  \"a\": 1\n}\n" {
		t.Errorf("%q", data)
	}
}

func TestWhatCannotBeSavedIsSaid(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		filepath.Join(t.TempDir(), "none", "file"): "nothing was saved",
		os.DevNull: "not a file",
	} {
		s := saving(t, order(`{"a":1}`), path)
		if note, ok := s.asked().(screen.NotedMsg); !ok || note.Level != screen.Failure || !strings.Contains(note.Text, want) {
			t.Errorf("%s: %+v", path, s.asked())
		}
	}
}

func TestWhatWasTypedOutlastsARefusedSave(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "none", "file")
	s := saving(t, order(`{"a":1}`), path)
	if note, ok := s.asked().(screen.NotedMsg); !ok || !strings.Contains(note.Text, "s asks for another place") {
		t.Errorf("%+v", s.asked())
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	s.Press("s", "enter")
	if data, err := os.ReadFile(path); err != nil || len(data) == 0 {
		t.Errorf("%q, %v", data, err)
	}
	s.Press("s")
	s.Sees("save as orders.json")
}

// A file takes a while to be written: its end is reported whatever is done meanwhile.
func TestTheEndOfASaveIsReported(t *testing.T) {
	t.Parallel()
	s := show(t, order(`{"a":1}`), 100, 20)
	save := s.o.saveAs(filepath.Join(t.TempDir(), "none", "file"), false)
	s.Press("y")
	s.Send(save())
	if note, ok := s.asked().(screen.NotedMsg); !ok || !strings.Contains(note.Text, "nothing was saved") {
		t.Errorf("%+v", s.asked())
	}
}

func TestAFileIsWrittenAlsoWhenTheScreenIsLeft(t *testing.T) {
	t.Parallel()
	s := show(t, order(items), 100, 20)
	path := filepath.Join(t.TempDir(), "file")
	save := s.o.saveAs(path, false)
	s.o.Close()
	save()
	if data, err := os.ReadFile(path); err != nil || !strings.HasSuffix(string(data), "}\n") {
		t.Errorf("%q, %v", data, err)
	}
}

// A body that came while the command was typed may have nothing to pipe.
func TestNothingIsPipedOfAnEmptyBody(t *testing.T) {
	t.Parallel()
	s := show(t, order(`{"a":1}`), 100, 20)
	s.Press("|")
	s.Type("cat")
	s.come(order(""), false)
	s.Press("enter")
	if note, ok := s.asked().(screen.NotedMsg); !ok || note.Text != "the body is empty" || s.o.outlet.stop != nil {
		t.Errorf("%+v", s.asked())
	}
}

func TestSuggestedNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, target, disposition string
		media                     answer.Media
		contentType, want         string
	}{
		{"all orders", "/orders", "", answer.MediaJSON, "", "all-orders.json"},
		{"", "/v1/orders/7?x=1", "", answer.MediaXML, "", "7.xml"},
		{"", "/", "", answer.MediaText, "", "response.txt"},
		{"", "/logo.png", "", answer.MediaBinary, "image/png", "logo.png"},
		{"", "/logo", "", answer.MediaBinary, "application/vnd.ms-excel", "logo.bin"},
		{"", "/x", `attachment; filename="../../.ssh/authorized_keys"`, answer.MediaText, "", "authorized_keys"},
		{"", "/x", "attachment; filename=\"..\\\\..\\\\a\u009b[31m\u202egnp.exe\"", answer.MediaBinary, "", "a--31m-gnp.exe"},
		{"", "/x", `attachment; filename*=UTF-8''na%C3%AFve%20plan.pdf`, answer.MediaBinary, "", "naïve-plan.pdf"},
		{"", "/x", `attachment; filename*=UTF-8''a%E3%85%A4%E1%85%9Fb.sh`, answer.MediaText, "", "a--b.sh"}, // U+3164 and U+115F are letters
		{"", "/x", `attachment; filename=".."`, answer.MediaHTML, "", "x.html"},
		{"", "/x", `attachment; filename="-rf"`, answer.MediaHTML, "", "rf"},
		{strings.Repeat("n", 300), "/x", "", answer.MediaText, "", strings.Repeat("n", 60) + ".txt"},
	} {
		r := order("{}")
		r.Spec.Name, r.Spec.Target, r.Media, r.ContentType = tt.name, tt.target, tt.media, tt.contentType
		if tt.disposition != "" {
			r.Headers = append(r.Headers, request.Line{Name: "Content-Disposition", Value: tt.disposition})
		}
		o := Overlay{run: r}
		if got := o.fileName(); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

func TestTheOutputOfACommandIsShown(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the commands of this test are for a shell of POSIX")
	}
	pipe := func(s *stage, line string) {
		s.Press("|")
		s.Type(line)
		s.Press("enter")
	}
	s := show(t, order(`{"a":1,"b":2}`), 100, 20)
	s.o.ctx.Environ = []string{"PATH=" + os.Getenv("PATH")}
	pipe(s, `sed -n 's/ *"b": /found /p'; printf '\033[2Jmasked\n'`)
	s.Sees("found 2", "masked", "| sed -n", "output  1–2 of 2")
	if strings.Contains(s.Styled(), "\x1b[2Jmasked") {
		t.Error("a command wrote to the terminal")
	}
	pipe(s, "echo why >&2; exit 3") // with what is shown as its input
	s.Sees("found 2", "| sed -n")
	if note, ok := s.asked().(screen.NotedMsg); !ok || note.Text != "the command failed (exit status 3): why" {
		t.Errorf("%+v", s.asked())
	}
	pipe(s, "grep -c found")
	s.Sees("1–1 of 1", "| grep -c found")
	s.Press("s")
	s.Sees("save as orders.txt")
	s.Press("esc", "esc")
	s.Sees(`"b": 2`)
}
