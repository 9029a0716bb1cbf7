package response

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/session/transport"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
)

const items = `{"items":[{"id":1,"name":"Lamp"},{"id":2,"name":"chair","price":10.50,"sold":true,"note":null}],"total":2}`

func TestGolden(t *testing.T) {
	t.Parallel()
	scenes := map[string]func() *request.Run{
		"passed": func() *request.Run { return order(items) },
		"failed": func() *request.Run {
			r := order(items)
			r.Verdict, r.Why = request.Failed, "`(.body.items | length) == 20` does not hold: `.body.items | length` is 3"
			return r
		},
		"refused": func() *request.Run {
			r := order(`{"error":"expired"}`)
			r.Status, r.StatusText, r.Verdict, r.Kind, r.Message = 401, "Unauthorized", request.Unjudged, "token_rejected", "the token has expired"
			r.Replayed = true
			return r
		},
		"unanswered": func() *request.Run {
			r := order("")
			r.Status, r.StatusText, r.Verdict, r.Media = 0, "", request.Failed, answer.MediaEmpty
			r.Err, r.Next = "nothing listens at api.example.com:443", "start the server, or correct the account's address"
			return r
		},
		"cut": func() *request.Run {
			r := order(items[:60])
			r.Cut, r.CutReason, r.Size, r.Verdict = true, "the connection broke off", 10<<20, request.Unjudged
			return r
		},
		"charset": func() *request.Run {
			r := order(`{"name": "Zo` + "\xeb" + `"}`)
			r.Note = "the charset nonesuch is not supported"
			return r
		},
		"nothing": func() *request.Run {
			r := order("")
			r.Cut, r.CutReason, r.Media, r.Verdict = true, "the connection broke off after 0 bytes", answer.MediaEmpty, request.Unjudged
			return r
		},
		"detour": func() *request.Run {
			r := order(`{"error":"who are you"}`)
			r.Status, r.StatusText, r.Verdict = 401, "Unauthorized", request.Unjudged
			r.Hops = []transport.Hop{{Status: 302, From: "https://api.example.com/x", To: "https://cdn.example.net/x", Stripped: []string{"Authorization"}}}
			return r
		},
		"binary": func() *request.Run {
			r := order("\x89PNG\x00\x01")
			r.Media, r.ContentType, r.Size = answer.MediaBinary, "image/png", 34_120
			return r
		},
	}
	for name, run := range scenes {
		for _, size := range [][2]int{{114, 32}, {74, 20}, {54, 14}} {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				s := show(t, run(), size[0], size[1])
				s.Fits()
				s.Golden()
			})
		}
	}
}

func TestRedirectsNameWhatDidNotTravelOn(t *testing.T) {
	t.Parallel()
	run := order(items)
	run.Hops = []transport.Hop{
		{Status: 302, From: "https://api.example.com/a", To: "https://cdn.example.net/b", Stripped: []string{"Authorization", "x-app-id"}},
		{Status: 307, From: "https://cdn.example.net/b", To: "ftp://old.example.net/c", Refused: "only http and https are followed"},
	}
	s := show(t, run, 100, 24)
	s.Press("shift+tab")
	s.Sees("[Redirects 2]", "302", "→ https://cdn.example.net/b", "Authorization, x-app-id", "not followed: only http and https are followed")
}

func TestScrollingStaysInsideTheBody(t *testing.T) {
	t.Parallel()
	for _, wrap := range []bool{false, true} {
		t.Run(fmt.Sprint("wrapped ", wrap), func(t *testing.T) {
			t.Parallel()
			long := `{"text":"` + strings.Repeat("word ", 200) + `日本語","rows":[` + strings.Repeat("1,", 300) + `1]}`
			s := show(t, order(long), 80, 24)
			if wrap {
				s.Press("w")
			}
			s.Press("k", "pgup")
			s.Sees("{")
			s.Press("G")
			last := s.Frame()
			s.Press("j", "pgdown", "G")
			if s.Frame() != last {
				t.Errorf("it scrolled beyond the end:\n%s", s.Frame())
			}
			if !strings.HasSuffix(strings.TrimRight(last, " \n"), "}") {
				t.Errorf("the last line is not the last:\n%s", last)
			}
			for range 1000 {
				s.Press("k")
			}
			s.Fits()
			s.Sees(`  "text": "word`)
			top := s.Frame()
			for range 7 {
				s.Press("j")
			}
			for range 7 {
				s.Press("k")
			}
			if s.Frame() != top {
				t.Errorf("seven down and seven up lead elsewhere:\n%s", s.Frame())
			}
		})
	}
}

func TestLongLinesScrollToTheSide(t *testing.T) {
	t.Parallel()
	s := show(t, order(`{"text":"`+strings.Repeat("x", 100)+`END"}`), 90, 20)
	s.SeesNot("END")
	s.Sees("…")
	for range 10 {
		s.Press("right")
	}
	s.Sees(`END"`, "column 33") // the text ends here
	s.Press("g")
	s.Sees(`"text"`)
	s.Press("w")
	s.Sees("END")
}

func TestSearchGoesFromMatchToMatch(t *testing.T) {
	t.Parallel()
	s := show(t, order(items), 100, 24)
	s.Press("/")
	s.Type("name")
	s.Advance(time.Second)
	if s.o.body.found != 4 { // the fifth line
		t.Fatalf("the first match is on line %d:\n%s", s.o.body.found+1, s.Frame())
	}
	s.Press("enter", "n")
	if s.o.body.found != 8 {
		t.Errorf("the second match is on line %d", s.o.body.found+1)
	}
	s.Press("n")
	s.Sees("1 of 2")
	if s.o.body.found != 4 {
		t.Errorf("after the last match comes line %d", s.o.body.found+1)
	}
	s.Press("N")
	if s.o.body.found != 8 {
		t.Errorf("before the first match comes line %d", s.o.body.found+1)
	}
	if match := theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor}).Match.Render("name"); strings.Count(s.Styled(), match) != 2 {
		t.Errorf("both matches should be marked:\n%q", s.Styled())
	}
	s.Press("/")
	s.Type("zzz")
	s.Press("enter")
	s.Sees("no match")
	leaves(t, s, "end search")
	s.Press("esc")
	s.SeesNot("no match")
	for _, m := range s.Asked {
		if _, closed := m.(screen.ClosedMsg); closed {
			t.Error("esc must end the search first")
		}
	}
}

func TestAMatchMayReachOverSeveralTokens(t *testing.T) {
	t.Parallel()
	spans := []request.Span{{Text: `  `}, {Text: `"Name"`, Role: request.RoleKey}, {Text: `: `}, {Text: `"nana"`, Role: request.RoleString}}
	for _, c := range []struct{ pattern, want string }{
		{`name": "na`, `  "[Name"][: ]["na]na"`},
		{`na`, `  "[Na]me": "[na][na]"`},
		{`Na`, `  "[Na]me": "nana"`},
		{`zz`, `  "Name": "nana"`},
		{``, `  "Name": "nana"`},
	} {
		got := ""
		for _, p := range split(request.Pattern(c.pattern), spans) {
			if p.hit {
				p.text = "[" + p.text + "]"
			}
			got += p.text
		}
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.pattern, got, c.want)
		}
	}
}

func TestJQFollowsTheTyping(t *testing.T) {
	t.Parallel()
	s := show(t, order(items), 100, 24)
	s.Press("f")
	s.Type(".items[1].name")
	s.Sees(`"Lamp"`) // not before the typing rests
	s.Advance(time.Second)
	s.Sees("chair", "jq  1–1 of 1")
	s.SeesNot("Lamp")
	s.Type(" |")
	s.Advance(time.Second)
	s.Sees("✕", "chair") // the last result stays beside the error
	s.Press("enter")     // is not left while it is wrong
	s.Type("|")
	s.Sees("jq .items[1].name ||")
	s.Press("backspace", "backspace", "backspace", "enter", "y")
	leaves(t, s, "end filter")
	copied, ok := s.Asked[len(s.Asked)-1].(screen.CopiedMsg)
	if !ok || copied.Value.Reveal() != `"chair"` || copied.What != "result of jq" {
		t.Errorf("copied %+v", s.Asked)
	}
	s.Press("esc")
	s.Sees("Lamp", "json  1–")
	leaves(t, s, "")
}

// leaves asserts what the footer says that esc does; "" closes.
func leaves(t *testing.T, s *stage, does string) {
	t.Helper()
	for _, h := range s.o.Keys() {
		if h.Action == keymap.Close && h.Label != does {
			t.Errorf("the footer says of esc %q, want %q", h.Label, does)
		}
	}
}

// TestTheFilterStaysForTheNextRun: also over a response that it cannot filter; a run of the history is shown whole.
func TestTheFilterStaysForTheNextRun(t *testing.T) {
	t.Parallel()
	s := show(t, order(items), 100, 24)
	page := order("<h1>busy</h1>")
	page.Media, page.ContentType = answer.MediaText, "text/html"
	s.Press("f")
	s.Type(".items[1].name")
	s.Press("enter")
	s.Sees("chair")
	s.come(order(strings.ReplaceAll(items, "chair", "bench")), false)
	s.Sees("bench", "jq  1–1 of 1", "jq .items[1].name")
	s.SeesNot("Lamp")
	s.come(page, false)
	s.Sees("busy", "jq .items[1].name", "✕ ")
	s.come(order(items), false)
	s.Sees("chair", "jq  1–1 of 1")
	s.Press("esc")
	s.Sees("Lamp", "json  1–")
	s.SeesNot("jq .items")
	s.Press("f")
	s.Type(".items[1].name")
	s.Press("enter")
	s.come(order(items), true)
	s.Sees("Lamp", "json  1–")
	s.SeesNot("jq .items")
}

func TestCancelledJQShowsNothing(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]func(*stage){
		"esc":                func(s *stage) { s.Press("esc") },
		"an emptied line":    func(s *stage) { s.o.prompt.jq.Set(""); s.o.paused() },
		"another expression": func(s *stage) { s.o.prompt.jq.Set(".total"); s.o.paused() },
		"a search":           func(s *stage) { s.o.prompt.search.Set("name"); s.o.seek(0, false) },
	} {
		s := show(t, order(items), 100, 24)
		s.Press("f")
		s.o.prompt.jq.Set(".items[1].name")
		work := s.o.filter()
		if !s.o.prompt.busy {
			t.Fatal("jq is not at work")
		}
		cancel(s)
		s.Send(work())
		s.Sees("Lamp", "json  1–")
		if s.o.prompt.wrong != "" {
			t.Errorf("%s: the cancellation is shown as an error: %s", name, s.o.prompt.wrong)
		}
	}
}

func TestALateMatchIsDropped(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]func(*stage){
		"esc":             func(s *stage) { s.Press("esc") },
		"an emptied line": func(s *stage) { s.o.prompt.search.Set(""); s.o.paused() },
		"jq":              func(s *stage) { s.o.prompt.jq.Set(".total"); s.o.filter() },
	} {
		s := show(t, order(items), 100, 24)
		s.Press("/")
		s.o.prompt.search.Set("chair")
		work := s.o.seek(0, false)
		cancel(s)
		s.Send(work())
		if s.o.prompt.note != "" || s.o.body.found >= 0 {
			t.Errorf("%s: the search went on: %q, line %d", name, s.o.prompt.note, s.o.body.found)
		}
	}
}

func TestTheEndOfASearchLeavesJQAtWork(t *testing.T) {
	t.Parallel()
	s := show(t, order(items), 100, 24)
	s.o.prompt.jq.Set(".items[1].name")
	work := s.o.filter()
	s.o.endSearch()
	s.Send(work())
	s.Sees("chair", "jq  1–1 of 1")
}

func TestJQErrorsAreInPlainWords(t *testing.T) {
	t.Parallel()
	for _, jq := range []string{".items[", ".total.x", "nope(1)", "env"} {
		s := show(t, order(items), 100, 24)
		s.Press("f")
		s.Type(jq)
		s.Advance(time.Second)
		s.Sees("✕")
		s.SeesNot("gojq", "unexpected token \"", "runtime", "nil")
	}
}

func TestJQIsOffForACutBody(t *testing.T) {
	t.Parallel()
	run := order(items[:40])
	run.Cut = true
	s := show(t, run, 100, 24)
	s.Press("f")
	note, ok := s.Asked[len(s.Asked)-1].(screen.NotedMsg)
	if !ok || !strings.Contains(note.Text, "cannot be read in full") || s.o.input() != nil {
		t.Errorf("it should say why jq is off: %+v", s.Asked)
	}
}

func TestRawIsWhatCame(t *testing.T) {
	t.Parallel()
	s := show(t, order(items), 140, 24)
	s.Press("r")
	s.Sees(`{"items":[{"id":1,"name":"Lamp"}`, "raw  1–1 of 1")
	s.Press("y")
	if c, ok := s.Asked[len(s.Asked)-1].(screen.CopiedMsg); !ok || c.Value.Reveal() != items || c.Secret {
		t.Errorf("copied %+v", s.Asked)
	}
	s.Press("r")
	s.Sees(`  "items": [`)
}

func TestTheLaidOutBodyIsCopiedWhole(t *testing.T) {
	t.Parallel()
	s := show(t, order(items), 60, 10)
	s.Press("y")
	c, ok := s.Asked[len(s.Asked)-1].(screen.CopiedMsg)
	if !ok || !strings.HasPrefix(c.Value.Reveal(), "{\n  \"items\": [\n    {\n") || !strings.HasSuffix(c.Value.Reveal(), "\n  \"total\": 2\n}") {
		t.Errorf("copied %q", c.Value.Reveal())
	}
}

func TestBodiesAreHiddenWhileOthersWatch(t *testing.T) {
	t.Parallel()
	run := order(`{"email":"ada@example.org"}`)
	run.Headers = append(run.Headers, request.Line{Name: "X-User", Value: "ada@example.org"})
	run.RequestBody = []byte(`{"to":"ada@example.org"}`)
	s := show(t, run, 100, 24)
	s.Press("/")
	s.Type("ada")
	s.o.ctx.Share = true
	s.Send(screen.SharedMsg{})
	for range parts {
		s.SeesNot("ada@", "ada")
		s.Press("tab")
	}
	s.Sees("hidden while others watch")
	s.Press("y", "r", "f", "n")
	for _, m := range s.Asked {
		if _, copied := m.(screen.CopiedMsg); copied {
			t.Error("a hidden body was copied")
		}
	}
}

func TestNothingFromAServerReachesTheTerminal(t *testing.T) {
	t.Parallel()
	nasty := "\x1b[2J\x1b]52;c;b3duZWQ=\x07\u202e\u009b31m\x00"
	run := order(nasty + "\nplain\t" + nasty)
	run.Media, run.StatusText, run.Message, run.Verdict = answer.MediaText, nasty, nasty, request.Unjudged
	run.Headers = []request.Line{{Name: nasty, Value: nasty}}
	run.Hops = []transport.Hop{{Status: 302, From: nasty, To: nasty, Stripped: []string{nasty}, Refused: nasty}}
	run.URL, run.Spec.Name, run.Kind, run.CutReason, run.Cut = nasty, nasty, "odd"+"\x1b[2J", nasty, true
	s := show(t, run, 100, 30)
	for range 2 {
		for range parts {
			for _, bad := range []string{"\x1b[2J", "\x1b]", "\x07", "\u202e", "\u009b", "\x00"} {
				if strings.Contains(s.Styled()+s.o.Title(), bad) {
					t.Errorf("%q reaches the terminal in part %d", bad, s.o.part)
				}
			}
			s.Fits()
			s.Press("tab")
		}
		s.Press("w")
	}
}

func TestEverySizeIsLaidOut(t *testing.T) {
	t.Parallel()
	run := order(items)
	run.Hops = []transport.Hop{{Status: 302, From: "https://a.example/", To: "https://b.example/", Stripped: []string{"Authorization"}}}
	run.RequestBody = []byte(`{"a":[1,2,3]}`)
	s := show(t, run, 80, 24)
	for range parts {
		for w := 10; w < 130; w += 7 {
			for h := 3; h < 40; h += 3 {
				s.Resize(w, h)
				for i, l := range strings.Split(s.o.View(w, h), "\n") {
					if i >= h && s.o.part == partBody && h > 6 {
						t.Fatalf("%d lines for %d×%d", i+1, w, h)
					}
					if n := cells(l); n > w {
						t.Fatalf("line %d of %d×%d is %d wide: %q", i, w, h, n, l)
					}
				}
			}
		}
		s.Press("tab")
	}
}

func TestTheTimingBarIsFilled(t *testing.T) {
	t.Parallel()
	th := theme.New(theme.Options{Profile: colorprofile.ASCII})
	timings := order("").Timings
	for w := 5; w < 200; w++ {
		if got := cells(timingBar(th, &timings, w)); got != w {
			t.Errorf("%d of %d cells", got, w)
		}
	}
	if bar := timingBar(th, &timings, 26); bar != "DccTTTTTTwwwwwwwwwwwwwwwwt" {
		t.Errorf("without colours the phases must be told apart: %s", bar)
	}
	reused := transport.Timings{Wait: time.Millisecond, Reused: true}
	if l := timingLegend(th, &reused, 80); !strings.HasPrefix(l, "reused connection") || strings.Contains(l, "DNS") {
		t.Errorf("legend %q", l)
	}
	if bar := timingBar(th, &transport.Timings{}, 40); bar != "" {
		t.Errorf("no phases make no bar: %q", bar)
	}
}

func TestALargeRunStaysAsItIsReadWhenItIsJudged(t *testing.T) {
	t.Parallel()
	judged := order(large())
	s := show(t, order("{}"), 114, 32)
	s.o.begin(false)
	early := *judged
	early.Verdict = request.Unjudged
	come := func() tea.Cmd { return s.o.early(func() *request.Run { return &early }) }

	s.do(come)
	s.Sees("Item number 0", "being judged and kept")
	s.Press("pgdown")
	s.SeesNot("Item number 0\"")
	at := s.o.body.top
	late := come()
	s.come(judged, false)
	s.Sees("passed")
	s.SeesNot("being judged")
	if s.o.body.top != at {
		t.Errorf("the body was scrolled from line %d to %d", at, s.o.body.top)
	}
	s.Send(late())
	s.Sees("passed")
}

func TestAStreamGrowsAndStaysWhereItIsRead(t *testing.T) {
	t.Parallel()
	s := show(t, order("{}"), 100, 16)
	ctx := s.o.begin(false)
	n := 0
	part := func() *request.Run {
		r := order(strings.Repeat("data: a line\n\n", n) + fmt.Sprintf("data: event %d\n", n))
		r.ID, r.Media, r.Cut, r.CutReason = "2", answer.MediaText, true, "it is still arriving"
		return r
	}
	s.do(func() tea.Cmd { return s.o.look(part) })
	s.SeesNot("event")
	n = 50
	s.Advance(lookEvery)
	s.Sees("event 50", "arriving", "esc ends it and keeps what came")
	s.SeesNot("still arriving")
	n = 60
	s.Advance(lookEvery)
	s.Sees("event 60") // it stays at the end
	s.Press("g")
	n = 70
	s.Advance(lookEvery)
	s.Sees("1–12 of 141")
	for _, key := range []string{"[", "]", "t"} {
		s.Press(key)
		if note, ok := s.asked().(screen.NotedMsg); !ok || note.Text != "the response is still arriving; esc ends it" || ctx.Err() != nil {
			t.Errorf("%s: %+v, %v", key, s.asked(), ctx.Err())
		}
	}
	asked := len(s.Asked)
	s.Press("esc")
	if ctx.Err() == nil || len(s.Asked) > asked {
		t.Errorf("%v, asked %+v", ctx.Err(), s.Asked)
	}
	end := part()
	end.CutReason = "it was cancelled after 1 kB"
	s.come(end, false)
	s.Sees("only the first", "it was cancelled", "1–11 of 141")
	s.Advance(lookEvery)
	s.SeesNot("arriving")
}

func TestALargeBodyIsReadWhileItIsIndexed(t *testing.T) {
	t.Parallel()
	s := show(t, order(large()), 100, 30)
	if !s.o.body.doc.Index(0) {
		t.Fatal("the index was not made to the end")
	}
	s.Press("G")
	s.Sees("  ]", "}")
	s.Press("/")
	s.Type("Item number 9999")
	s.Press("enter")
	s.Sees(`"Item number 9999`)
	s.Press("g")
	s.Sees(`"items": [`)
}

func TestARefusedTokenIsExplained(t *testing.T) {
	t.Parallel()
	for kind, want := range map[session.RefusalKind][]string{
		session.RefusedTooSoon:  {"4 s before", "too recently to renew it again", "refresh with r"},
		session.RefusedAgain:    {"rejects the new token too", "refresh with r"},
		session.RefusedDead:     {"the session is over: it was revoked", "L logs in; t sends again"},
		session.RefusedHere:     {"refused by this route; the token is accepted elsewhere"},
		session.RefusedUnproven: {"nothing can renew this session: it was revoked", "L logs in; t sends again"},
	} {
		r := order(`{"error":"expired"}`)
		r.Status, r.StatusText, r.Verdict, r.Kind = 401, "Unauthorized", request.Unjudged, session.TokenRejected
		r.Refusal = &session.Refusal{Kind: kind, Renewed: r.At.Add(-4 * time.Second)}
		if kind == session.RefusedDead || kind == session.RefusedUnproven {
			r.Refusal.Why = "it was revoked"
		}
		d := show(t, r, 114, 32)
		d.Sees(want...)
		first := d.o.Keys()[0].Action
		if wants := strings.HasPrefix(want[len(want)-1], "L logs in"); (first == keymap.ResponseLogin) != wants {
			t.Errorf("%v: the first key is %s", kind, first)
		}
	}
	r := order("{}")
	r.Status, r.Verdict, r.Retry = 429, request.Unjudged, noon.Add(90*time.Second)
	show(t, r, 114, 32).Sees("try again at " + r.Retry.In(time.Local).Format("15:04:05"))
}
