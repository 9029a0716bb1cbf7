package shell

import (
	"io"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"tokenring/session/lazy"
)

// prompt matches what a shell writes before a command: bash, zsh, cmd.exe or PowerShell.
const prompt = `([$%❯➜][ \t]|[\w.-]+@[\w.-]+:[^\s$#]*[$#][ \t]|\[[^\]\n]+\][$#][ \t]|(PS )?[A-Za-z]:\\[^>\n]*>|PS [^>\n]*>)`

var (
	fence      = lazy.Regexp("(?m)^[ \t>]*(```+|~~~+)[ \t]*([\\w-]*)[^\\n]*$")
	promptLine = lazy.Regexp(`(?m)^[ \t]*` + prompt)
	continued  = lazy.Regexp(`^(>>? |More\? ?)`)
	indented   = lazy.Regexp(`(?:^|\n)[ \t]*\n((?:(?: {4}|\t)[^\n]*(?:\n|$))+)`)
)

// Block is a script in a text.
type Block struct {
	Code  string
	Curl  bool                 // it has a command of curl, or is the whole text
	Place func(offset int) int // in the text, of one in the code
}

// cutLines returns a block without the first bytes of some lines.
func cutLines(code string, place func(offset int) int, size func(line string) int) Block {
	var b strings.Builder
	var places, sums []int
	sum := 0
	for line := range strings.Lines(code) {
		if n := size(line); n > 0 {
			sum += n
			places, sums = append(places, b.Len()), append(sums, sum)
			line = line[n:]
		}
		b.WriteString(line)
	}
	return Block{Code: b.String(), Place: func(offset int) int {
		if i, _ := slices.BinarySearch(places, offset+1); i > 0 {
			offset += sums[i-1]
		}
		return place(offset)
	}}
}

// from returns a function that adds begin to an offset before place.
func from(begin int, place func(offset int) int) func(offset int) int {
	return func(offset int) int { return place(begin + offset) }
}

// languages are those of fenced code that may be a script; the rest is skipped.
var languages = []string{
	"", "sh", "bash", "shell", "zsh", "fish", "console", "curl", "shellsession", "shell-session", "bash-session", "terminal", "text", "txt", "plaintext",
	"cmd", "bat", "batch", "powershell", "pwsh", "ps1", "env", "dotenv",
}

// Blocks returns the scripts of a text: itself, or the code of a page of Markdown; of a copied
// terminal session each command without its prompts and output.
func Blocks(src string) []Block {
	var all []Block
	begins, last, margin, mark, skip := -1, 0, 0, "", false
	read := func(end int) {
		if !skip {
			all = append(all, session(block(src, begins, end, margin))...)
		}
		begins, last = -1, end
	}
	for _, m := range fence().FindAllStringSubmatchIndex(src, -1) {
		switch sign := src[m[2]:m[3]]; {
		case begins < 0:
			all = append(all, indentedBlocks(src, last, m[0])...)
			begins, margin, mark, skip = m[1], m[2]-m[0], sign, !slices.Contains(languages, strings.ToLower(src[m[4]:m[5]]))
		case strings.HasPrefix(sign, mark):
			read(m[0])
		}
	}
	if begins >= 0 { // up to the end of the page
		read(len(src))
	}
	found := indentedBlocks(src, last, len(src))
	if last > 0 {
		return append(all, found...)
	}
	if all = session(block(src, 0, len(src), 0)); len(all) > 1 {
		return all
	}
	if len(found) > 0 {
		if _, err := syntax.NewParser().Parse(shallow{strings.NewReader(src)}, ""); err != nil {
			return found
		}
	}
	all[0].Curl = true
	return all
}

// block returns a part of a text without its margin.
func block(src string, begin, end, margin int) Block {
	return cutLines(src[begin:end], from(begin, func(offset int) int { return offset }), func(line string) int {
		n := 0
		for n < margin && strings.IndexByte(" \t>", line[n]) >= 0 {
			if n++; line[n-1] == '\t' {
				break
			}
		}
		return n
	})
}

// indentedBlocks returns the indented code of a part of a page that has curl commands.
func indentedBlocks(src string, begin, end int) (all []Block) {
	for _, m := range indented().FindAllStringSubmatchIndex(src[begin:end], -1) {
		if b := block(src, begin+m[2], begin+m[3], 4); HasCurl(b.Code) {
			all = append(all, session(b)...)
		}
	}
	return all
}

// session returns the commands of a copied terminal session, or a script as it is.
func session(b Block) (all []Block) {
	prompts := promptLine().FindAllStringIndex(b.Code, -1)
	if before := b; len(prompts) == 0 || mayHaveCurl(b.Code[:prompts[0][0]]) {
		if len(prompts) > 0 {
			before.Code = b.Code[:prompts[0][0]]
		}
		before.Curl = mayHaveCurl(before.Code)
		all = append(all, before)
	}
	for i, m := range prompts {
		end := len(b.Code)
		if i+1 < len(prompts) {
			end = prompts[i+1][0]
		}
		command := cutLines(b.Code[m[1]:end], from(m[1], b.Place), func(line string) int { return len(continued().FindString(line)) })
		command.Code = typed(command.Code)
		command.Curl = mayHaveCurl(command.Code)
		all = append(all, command)
	}
	return all
}

// typed returns the command at the beginning of a text, without the output below it.
func typed(text string) string {
	r := &lineReader{rest: fromPowerShell(text)}
	p, command := syntax.NewParser(), ""
	for _, err := range p.InteractiveSeq(shallow{r}) { // it must not be left early
		done := text[:len(text)-len(r.rest)]
		if command == "" && (err != nil || !p.Incomplete() && !strings.HasSuffix(strings.TrimRight(done, "\r\n"), "^")) {
			command, r.rest = done, ""
		}
	}
	if command == "" {
		return text
	}
	return command
}

// lineReader reads a text line by line.
type lineReader struct{ rest string }

func (r *lineReader) Read(b []byte) (int, error) {
	if r.rest == "" {
		return 0, io.EOF
	}
	n := copy(b, r.rest[:min(len(r.rest), strings.IndexByte(r.rest+"\n", '\n')+1)])
	r.rest = r.rest[n:]
	return n, nil
}
