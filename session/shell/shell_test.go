package shell

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// braces marks what has no value.
func braces(name string) string { return "{{" + name + "}}" }

// lines writes commands one a line, their words in brackets.
func lines(commands []Command) string {
	var b strings.Builder
	for _, c := range commands {
		for _, w := range c.Words {
			b.WriteString("[" + w.Text + "]")
		}
		if c.Input != nil {
			b.WriteString(" of " + *c.Input)
		}
		if c.Rest != "" {
			b.WriteString(" then " + c.Rest)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestCommands(t *testing.T) {
	for _, tt := range []struct{ what, src, want string }{
		{"quotes", `a 'b "c' "d 'e \" \x" f\ g "" $'h\'\u0041\x41\101%d\q'`, `[a][b "c][d 'e " \x][f g][][h'AAA%d\q]` + "\n"},
		{"variables", "a $B \"c${D:-x}\" $(e \"f\") `g` $1 '$h'", "[a][{{B}}][cx][{{command}}][{{command}}][{{1}}][$h]\n"},
		{"lines", "a \\\r\n  b\r\nc ü\\\nd # e\n\n", "[a][b]\n[c][üd]\n"},
		{"operators", "a & b && c; d | e; f || g", "[a]\n[b]\n[c]\n[d] then | e\n[f] then || g\n"},
		{"redirections", "a >x b 2>&1 | c\ng", "[a][b] then >x\n[g]\n"},
		{"blocks", "for x in 1 2; do a $x; done; if b; then c; fi; (d); export E=f", "[a][{{x}}]\n[b]\n[c]\n[d]\n"},
		{"assignments", "A=b c d; E=$(f); g $E $A", "[c][d]\n[g][{{E}}][{{A}}]\n"},
		{"variables of the file", "export A=b\nC=\"$A/c\"; d $C ${A}x ${A:-y} ${B:-y} ${B:?z} ${A#b} $GIVEN", "[d][b/c][bx][b][y][{{B}}][from][outside]\n"},
		{"a given variable that the file sets, too", "GIVEN=b; a \"$GIVEN\"; GIVEN=$(c); d \"$GIVEN\"", "[a][from outside]\n[d][from outside]\n"},
		{"an address cut at &", "a x?b=1&c=2&d=3\nE=4 &\nF=5", "[a][x?b=1]\n[c=2]\n[d=3]\n"},
		{"here-documents", "A=1\na <<E\n\t$A \\$A \"b\\n\"\nE\nb <<'E' | c\n$A \\$A\nE\nd <<-E\n\tx\n\tE\ne <<<\"y $A\"\nf <<E\nE\n",
			"[a] of \t1 $A \"b\\n\"\n\n[b] of $A \\$A\n then | c\n[d] of x\n\n[e] of y 1\n\n[f] of \n"},
		{"input of a pipe", "echo -n 'a  b' c | d; echo e | f; printf 'g\\n' | h; cat <<E | i\nx\nE\nj | k", "[d] of a  b c\n[f] of e\n\n[h] of g\n\n[i] of x\n\n[j] then | k\n"},
		{"arrays", "H=(-H 'a b'); H+=(-H c)\nd \"${H[@]}\" ${#H[@]} \"${H[1]}\" e$F\nF='x  y'; g $F \"$F\"", "[d][-H][a b][-H][c][4][a b][e{{F}}]\n[g][x][y][x  y]\n"},
		{"expansions", "A=abcdef; B+=x; B+=y; a ${A:1:3} ${A%f} ${A^^} ${A/b/c} $((2*3)) $((C+1)) ${D:1} ${B} {x,y}z ~/f ~root/g ${E:+h} ${E:=i} $E",
			"[a][bcd][abcde][ABCDEF][accdef][6][{{C}}][{{D}}][xy][xz][yz][~/f][~root/g][i][i]\n"},
		{"output that is in the script", "A=$(printf '%s-%d' a 1); b $A \"$(cat <<E\n{\"c\": 1}\nE\n)\" $(d) <(e)", "[b][a-1][{\"c\": 1}][{{command}}][{{command}}]\n"},
		{"curl in a command", "a $(curl b | c); d | sudo -u e curl -d @-; f | g", "[curl][b] then | c\n[a][{{command}}]\n[d]\n[sudo][-u][e][curl][-d][@-]\n[f] then | g\n"},
		{"a value that doubles", "A=xxxxxxxx" + strings.Repeat("; A=$A$A$A$A$A$A$A$A", 30) + "; b $A", "[b][" + strings.Repeat("{{A}}", 8) + "]\n"},
		{"variables in an expansion", "A=abc; a ${A/b/$B} ${A/b/${A/b/c}} ${A:$B:1} ${A:1:C} \"${A[$B]}\" ${A:1:${#A}}", "[a][a{{B}}c][aaccc][{{B}}][{{C}}][{{B}}][bc]\n"},
		{"a value read too often", "A=" + strings.Repeat("x", maxValue-1) + "; B=" + strings.Repeat("$A", maxExpanded/maxValue+2) + "; b $B $A c", "[b][{{B}}][{{expression}}][c]\n"},
		{"a text replaced too often", "A=" + strings.Repeat("x", maxValue-1) + "; b ${A//x/" + strings.Repeat("y", maxValue) + "} c", "[b][{{expression}}][c]\n"},
		{"a wide output", "printf %99999999d 1 | b", "[printf][%99999999d][1] then | b\n"},
		{"powershell", "curl.exe `\n  -H \"a: $env:B c`\"d\" `\n e", "[curl.exe][-H][a: {{B}} c\"d][e]\n"},
		{"blanks of a web page", "a\u00a0b\u3000'c\u00a0d'", "[a][b][c\u00a0d]\n"},
	} {
		commands, err := posix(tt.src)
		if got := lines(commands); err != nil || got != tt.want {
			t.Errorf("%s: %v, got\n%swant\n%s", tt.what, err, got, tt.want)
		}
	}
}

func given(name string) (string, bool) { return "from outside", name == "GIVEN" }

func posix(src string) ([]Command, error) {
	return Commands(src, &Variables{Given: given, Open: braces, Set: func(string, string) {}})
}

func TestTypesetCharactersAreNamed(t *testing.T) {
	for src, want := range map[string]string{
		"a “b”":            `2: an editor replaced " with “ (U+201C)`,
		"a 'ä' ‘b’":        `7: an editor replaced ' with ‘ (U+2018)`,
		"a –b":             `2: an editor replaced - or -- with – (U+2013)`,
		"a b\u200b":        `3: this word contains an invisible character (U+200B)`,
		"a 'it’s “b”' c–d": "",
		"a “{\"b\": 1}”":   `2: an editor replaced " with “ (U+201C)`,
	} {
		_, err := posix(src)
		var e *Error
		got := ""
		if errors.As(err, &e) {
			got = fmt.Sprintf("%d: %v", e.Offset, err)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", src, got, want)
		}
	}
}

func TestOffsets(t *testing.T) {
	for src, want := range map[string][]int{
		"ä b\n  c":                {0, 3, 7},
		"a \\\n 'b' $'c'":         {0, 5, 9},
		"a ^\r\n ^\"b^\" \"c\" d": {0, 7, 12, 16},
	} {
		read := posix
		if strings.Contains(src, "^") {
			read = windowsCommands
		}
		commands, err := read(src)
		var got []int
		for _, c := range commands {
			for _, w := range c.Words {
				got = append(got, w.Offset)
			}
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v, want %v", src, got, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		src        string
		offset     int
		incomplete bool
	}{
		{"a\nb 'c", 4, true},
		{"a $(b", 2, true},
		{"a (b)", 0, false},
		{"a\n;b", 2, false},
		{"canary )", 7, false},
	} {
		_, err := posix(tt.src)
		var e *Error
		if !errors.As(err, &e) || e.Offset != tt.offset || e.Incomplete != tt.incomplete || strings.Contains(e.Error(), "canary") {
			t.Errorf("%q: %#v", tt.src, err)
		}
	}
	if _, err := windowsCommands("a\nb \"c"); err == nil || err.(*Error).Offset != 2 {
		t.Error(err)
	}
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		line   string
		want   []string
		offset int // of the error
	}{
		{`a "b $c 'd'" e\ f C:\g\h "i\j" '' if {k,l} *`, []string{"a", "b $c 'd'", "e f", `C:\g\h`, `i\j`, "", "if", "{k,l}", "*"}, 0},
		{"", nil, 0},
		{" \n ", nil, 0},
		{"a # b", nil, 2},
		{"a | b", nil, 2},
		{"a $B", nil, 2},
		{"ä ~/b", nil, 3},
		{"a 'b", nil, 2},
		{"a `b`", nil, 2},
	} {
		words, err := Split(tt.line)
		var e *Error
		if !slices.Equal(words, tt.want) || (err != nil) != (tt.offset > 0) || errors.As(err, &e) && e.Offset != tt.offset {
			t.Errorf("%q: %q, %#v", tt.line, words, err)
		}
	}
}

func TestDepth(t *testing.T) {
	for _, nest := range []string{"(", "$(", "{ ", "\"$(", "${a:-", "if ", "$((", "<(", "! ", "((-", "[[ ! ", "a|", "a&&", "coproc ", "a()"} {
		src := strings.Repeat(nest, 1<<17/len(nest))
		_, _ = Split(src)
		if _, err := posix(src); err == nil {
			t.Errorf("%q was accepted so deeply", nest)
		}
	}
}

func FuzzCommands(f *testing.F) {
	f.Add("$ a 'b' \"c${D}\" $'\\x41' | e > f && g\n> h")
	f.Add("for i in $(a); do b <<E\nE\ndone; (c) & [[ d ]] ; e() { f; }")
	f.Add("a ^\"b^\" ^\n c")
	f.Add("$ 0&0\xf2")
	f.Fuzz(func(t *testing.T, src string) {
		for _, b := range Blocks(src) {
			if at := b.Place(len(b.Code)); at < 0 || at > len(src) {
				t.Errorf("%q: a block ends at %d", src, at)
			}
		}
		for _, read := range []func(string) ([]Command, error){posix, windowsCommands} {
			commands, err := read(src)
			var e *Error
			if err != nil && (!errors.As(err, &e) || e.Offset < 0 || e.Offset > len(src)) {
				t.Errorf("%q: %#v", src, err)
			}
			for _, c := range commands {
				if len(c.Words) == 0 || c.Words[0].Offset >= len(src) {
					t.Errorf("%q: %v", src, c)
				}
			}
		}
		if _, err := Split(src); err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Offset >= len(src) && !e.Incomplete {
				t.Errorf("%q: %#v", src, err)
			}
		}
	})
}

func TestCurlBehindOtherCommands(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"curl a": "[curl][a]", "\\curl a": "[curl][a]", "/usr/bin/curl a": "[/usr/bin/curl][a]", "A=1 B='x y' curl a": "[curl][a]", "sudo -u x env A=1 curl -s a": "[curl][-s][a]",
		"time curl a": "[curl][a]", "timeout 5 curl a": "[curl][a]", "kubectl exec -it pod -n x -- curl a": "[curl][a]", "docker run --rm curlimages/curl -s a": "[curlimages/curl][-s][a]",
		"apt install curl jq": "", "man curl": "", "echo curl a": "",
	} {
		commands, err := posix(src)
		got := strings.TrimSpace(lines([]Command{{Words: commands[0].Curl()}}))
		if err != nil || got != want || HasCurl(src) != (want != "") {
			t.Errorf("%s: %s, %v, %v", src, got, HasCurl(src), err)
		}
	}
}

func TestCurlFarBehindOtherCommands(t *testing.T) {
	t.Parallel()
	for _, before := range []string{"echo ", "env "} {
		commands, err := posix(before + strings.Repeat("A=1 ", maxBefore) + "curl a.b")
		if err != nil || commands[0].Curl() != nil || !commands[0].HidesCurl() {
			t.Error(before, err)
		}
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"% curl a\n% b\n":                                        "[curl][a]\n[b]\n",
		"$ curl a 'b\n> c' \\\n> d\n$ curl e":                    "[curl][a][b\nc][d]\n[curl][e]\n",
		"me@host:~/x$ curl a\n<html> 'it's\nme@host:~/x$ b":      "[curl][a]\n[b]\n",
		"[me@host x]$ curl a -d @- <<E\n> {}\n> E\n{\"b\": 1}\n": "[curl][a][-d][@-] of {}\n\n",
		"C:\\Users>curl a\nb\n":                                  "[curl][a]\n",
		"C:\\>curl a ^\nMore? -b\nout\n":                         "[curl][a][-b]\n",
		"PS C:\\> curl.exe `\n>>  a `\n>>  b\nout\n":             "[curl.exe][a][b]\n",
		"PS C:\\> curl.exe `\n  a\nb\n":                          "[curl.exe][a]\n",
		"1. x\n\n   ```\n   curl a <<E\n   b\n   E\n":            "[curl][a] of b\n\n",
		"> ```sh\n> curl a \\\n>   b\n> ```\n":                   "[curl][a][b]\n",
		"It's\n\n    curl a\n\nb\n":                              "[curl][a]\n",
	} {
		got := ""
		for _, b := range Blocks(src) {
			commands, err := posix(b.Code)
			if err != nil {
				t.Errorf("%q: %v", b.Code, err)
			}
			got += lines(commands)
		}
		if got != want {
			t.Errorf("%q: got\n%swant\n%s", src, got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/a/b-c_1.db": "/a/b-c_1.db", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "ü": "'ü'",
	} {
		if got := Quote(in); got != want {
			t.Errorf("Quote(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestBlocksKeepTheirPlace(t *testing.T) {
	t.Parallel()
	src := "# Ä\n```bash\ncurl b\n```\n```json\ncurl no\n```\n  ~~~\n  curl c\n  ~~~\n````\nx\n~~~\ncurl d\n````\n\n    $ curl 'e\n    > f'\n    {out}\n```sh\nnone"
	var got []string
	for _, block := range Blocks(src) {
		commands, err := posix(block.Code)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range commands {
			if block.Curl && len(c.Words) > 1 {
				got = append(got, fmt.Sprintf("%d %s", block.Place(c.Words[0].Offset), c.Words[0].Text+" "+c.Words[1].Text))
			}
		}
	}
	if want := []string{"13 curl b", "52 curl c", "76 curl d", "95 curl e\nf"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
