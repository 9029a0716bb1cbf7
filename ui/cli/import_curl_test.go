package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// recorder keeps what clients send to it, byte for byte but for what each client says
// of itself.
type recorder struct {
	net.Listener
	requests chan string
}

func newRecorder(t *testing.T) *recorder {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{l, make(chan string, 100)}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(conn)
		}
	}()
	return r
}

func (r *recorder) serve(conn net.Conn) {
	defer conn.Close()
	var head bytes.Buffer
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		head.WriteString(line)
		if strings.TrimSpace(line) == "" {
			break
		}
	}
	call, err := http.ReadRequest(bufio.NewReader(io.MultiReader(bytes.NewReader(head.Bytes()), in)))
	if err != nil {
		return
	}
	if call.Header.Get("Expect") != "" {
		fmt.Fprint(conn, "HTTP/1.1 100 Continue\r\n\r\n")
	}
	body, _ := io.ReadAll(call.Body)
	first, rest, _ := strings.Cut(head.String(), "\r\n")
	header, _ := textproto.NewReader(bufio.NewReader(strings.NewReader(rest))).ReadMIMEHeader()
	r.requests <- recorded(first, header, string(body))
	fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
}

var escapes = regexp.MustCompile(`%[0-9a-f]{2}`)

var boundary = regexp.MustCompile(`boundary="?([\w'()+,./:=?-]+)"?`)

func recorded(first string, header textproto.MIMEHeader, body string) string {
	lines := []string{escapes.ReplaceAllStringFunc(first, strings.ToUpper)} // older versions of curl write %2f
	for name, values := range header {
		for _, value := range values {
			switch name {
			case "Content-Length", "Connection", "Accept-Encoding", "Expect", "Transfer-Encoding":
				continue
			case "User-Agent":
				if strings.HasPrefix(value, "curl/") || value == "tokenring" {
					continue
				}
			case "Accept":
				if value == "*/*" || value == "application/json, */*;q=0.5" {
					continue
				}
			}
			if m := boundary.FindStringSubmatch(value); m != nil {
				value, body = boundary.ReplaceAllString(value, "boundary=B"), strings.ReplaceAll(body, m[1], "B")
			}
			lines = append(lines, name+": "+value)
		}
	}
	slices.Sort(lines[1:])
	return strings.Join(append(lines, "", body), "\n")
}

// all returns what was sent since the last call.
func (r *recorder) all() []string {
	var all []string
	for {
		select {
		case one := <-r.requests:
			all = append(all, one)
		default:
			slices.Sort(all)
			return all
		}
	}
}

// curlCorpus are commands as people and browsers write them; S is the server. With a note,
// the request is left out, or sent otherwise as the note says.
var curlCorpus = []struct{ command, note string }{
	{command: `curl S/plain`},
	{command: `curl S`},
	{command: `curl 'S/q?a=1&b=x%20y&c=z+w&d=10:30,11&e&f='`},
	{command: `curl 'S/brackets?filter[name]=x&ids[]=1&ids[]=2' -g`},
	{command: `curl "S/path/a%2Fb/c%20d/e:f,g;h=1/@x/(y)"`},
	{command: `curl 'S/nameless?=3&a=1'`},
	{command: `curl 'S/asks?'`},
	{command: `curl -G 'S/asks?' -d 'a=x|y'`},
	{command: `curl 'S/twice?a=1&&b=2&'`},
	{command: `curl 'S/lead?&a=1'`},
	{command: `curl 'S/none?&'`},
	{command: `curl 'S/bar?a=x|y&b=^z&c={d}' -g`},
	{command: `curl S/frag?x=1#part`},
	{command: `curl -X DELETE S/things/7`},
	{command: `curl -XPATCH S/things/7 -d '{"a":1}' -H 'Content-Type: application/merge-patch+json'`},
	{command: `curl -I S/head`},
	{command: `curl -X OPTIONS S/cors -H 'Origin: https://app.example' -H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Request-Headers: x-a'`},
	{command: `curl S/h -H 'Accept: text/csv' -H 'Accept-Language: de' -H 'X-Trace: 1' -H 'X-Trace: 2' -H 'Cache-Control: no-cache'`},
	{command: `curl S/h -A 'my-bot/1.0' -e https://ref.example/ -r 0-99`},
	{command: `curl S/h -H 'X-Empty;' -H 'If-None-Match: "abc"' -H "Date: Tue, 01 Jan 2030 00:00:00 GMT"`},
	{command: `curl S/bearer -H 'Authorization: Bearer tok-1234-abcd-5678'`},
	{command: `curl S/token -H 'Authorization: Token tok-1234-abcd-5678'`},
	{command: `curl S/raw -H 'Authorization: tok-1234-abcd-5678'`},
	{command: `curl S/own -H 'Authorization: AccessKey tok-1234-abcd-5678'`},
	{command: `curl S/key -H 'X-Api-Key: tok-1234-abcd-5678'`},
	{command: `curl -u jane:Winter2024! S/basic`},
	{command: `curl -u sk_live_4eC39HqLyjWDarjtT1zdp7dc: S/basic`},
	{command: `curl -u :tok-1234-abcd-5678 S/basic`},
	{command: `curl -H 'Authorization: Token token=tok-1234-abcd-5678' S/parameter`},
	{command: `curl -H 'Authorization: Bearer tok-1234-abcd-5678' -H 'apikey: tok-1234-abcd-5678' S/twice`},
	{command: `curl -u 'sk_test_4eC39HqLyjWDarjtT1zdp7dc:' S/v1/charges -d amount=2000 -d currency=usd`},
	{command: `curl 'S/qk?x=1&api_key=tok-1234-abcd-5678'`},
	{command: `curl S/cookie -b 'sid=tok-1234-abcd-5678'`},
	{command: `curl S/cookie -b 'lang=en; theme=dark'`},
	{command: `curl S/cookies -b 'lang=en; sessionid=tok-1234-abcd-5678'`},
	{command: `curl --oauth2-bearer tok-1234-abcd-5678 S/oauth`},
	{command: `curl S/form -d a=1 -d 'b=x y' --data-raw 'c=@d'`},
	{command: `curl S/form -d 'a=1&b=x+y&c=z%20w'`},
	{command: `curl S/form -d a=1 -d b=2`},
	{command: `curl S/urlencode --data-urlencode 'a=x y&z' --data-urlencode '=p q' --data-urlencode 'r~s'`},
	{command: `curl -G S/get -d a=1 --data-urlencode 'b=x y/z'`},
	{command: `curl S/json -H 'Content-Type: application/json' -d '{ "a" : 1.50, "b": [1, 2],  "c": "é\u00e9" }'`},
	{command: `curl S/json -H 'Content-Type: application/json; charset=utf-8' --data-raw '{"a":1}'`},
	{command: `curl --json '{"a":1}' S/json`},
	{command: `curl S/json -d '{"a": "${x}"}' -H 'content-type: application/json'`},
	{command: `curl S/json -d '{"max_tokens": 100, "prompt": "tell me"}' -H 'content-type: application/json'`},
	{command: `curl S/formjson -d '{"a":1}'`},
	{command: `curl S/xml -H 'Content-Type: text/xml' -d '<a b="c">d</a>'`},
	{command: `curl S/text -H 'Content-Type: text/plain' --data-binary $'one\ntwo\n'`},
	{command: `curl S/empty -d ''`},
	{command: `curl S/nobody -X POST -H 'Content-Type: application/json'`},
	{command: `curl -X POST S/nobody`},
	{command: `curl -X PUT S/put --data-raw 'x'`},
	{command: `curl S/parts -F a=1 -F 'b=x;type=text/plain' --form-string 'c=@d'`},
	{command: "curl S/heredoc -H 'Content-Type: application/json' -d @- <<'EOF'\n{\"a\": 1,\n \"b\": \"$x\"}\nEOF"},
	{command: "NAME=Ada\ncurl S/heredoc -H 'Content-Type: text/plain' --data-binary @- <<EOF\nHi $NAME,\n  \\$5\nEOF"},
	{command: `echo '{"a":1}' | curl S/pipe --json @-`},
	{command: "export TOKEN=tok-1234-abcd-5678\nBASE=S/v1\ncurl -H \"Authorization: Bearer $TOKEN\" ${BASE}/me"},
	{command: "curl S/lines \\\n  -H 'X-A: 1' \\\n  -d 'a=1'"},
	{command: "curl S/first; curl S/second --next S/third -d x=1"},
	{command: `curl S/one S/two`},
	{command: `curl 'S/one?x=%41' 'S/two?x=A'`},
	{command: `curl $'S/ansi?x=\x41' -H $'X-B: it\'s'`},
	{command: "curl S/nbsp -d n=1"},
	{command: `curl -sSL -k --compressed -o /dev/null S/quiet`, note: "-k is not supported"},
	{command: `curl S/graphql -H 'Content-Type: application/json' -d '{"query":"query Q($password: String!) { me }","variables":{"n":1}}'`},
	{command: `curl 'S/chrome' -H 'accept: application/json' -H 'accept-language: en' -H 'sec-fetch-mode: cors' -H 'user-agent: Mozilla/5.0'`, note: "=GET /chrome"},
	{command: `curl S/host -H 'Host: other.example'`, note: "the header Host was left out"},
	{command: `curl S/file -d @body.json`, note: "the file of --data is not read"},
	{command: `curl S/upload -T file`, note: "the file of --upload-file is not read"},
	{command: `curl "S/[1-3]"`, note: "a list in its address"},
	{command: `curl "$UNSET/x"`, note: "its address is in the variable UNSET"},
	{command: `curl S/login --json '{"user":"jane","password":"Winter2024!"}'`, note: "member password of POST /login is a secret"},
	{command: `curl S/soap -H 'Content-Type: text/xml' -d '<login><password>Winter2024!</password></login>'`, note: "1 value of the body of POST /soap is a secret"},
	{command: `curl S/digest --digest -u jane:Winter2024!`, note: "authorisation of kind digest is not supported"},
}

func TestACurlCommandArrivesAsCurlSendsIt(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if _, none := exec.LookPath("curl"); err != nil || none != nil {
		t.Skip("needs bash and curl")
	}
	server := newRecorder(t)
	base := "http://" + server.Addr().String()
	same := 0
	for _, w := range curlCorpus {
		command := strings.ReplaceAll(w.command, "S", "\x00")
		command = regexp.MustCompile(`(^|[ "'=$])`+"\x00"+`([/ "']|$)`).ReplaceAllString(command, "${1}"+base+"${2}")
		command = strings.ReplaceAll(command, "\x00", "S")
		if w.note == "" {
			run := exec.CommandContext(t.Context(), bash, "-c", strings.ReplaceAll(strings.ReplaceAll(command, "curl ", "curl -s --noproxy '*' -m 5 "), " ", " "))
			run.Env = append(os.Environ(), "HOME="+t.TempDir())
			if out, err := run.CombinedOutput(); err != nil {
				t.Errorf("%s: curl: %v %s", w.command, err, out)
				continue
			}
		}
		want := server.all()
		sent, notes := fireAll(t, server, command)
		switch {
		case w.note == "" && !slices.Equal(sent, want):
			t.Errorf("%s\ntokenring sends\n%s\ncurl sends\n%s\nnotes: %s", w.command, strings.Join(sent, "\n--\n"), strings.Join(want, "\n--\n"), notes)
		case strings.HasPrefix(w.note, "="):
			if len(sent) != 1 || !strings.HasPrefix(sent[0], w.note[1:]) {
				t.Errorf("%s: %q", w.command, sent)
			}
		case !strings.Contains(notes, w.note):
			t.Errorf("%s: %q is not noted in %s", w.command, w.note, notes)
		case w.note == "":
			same++
		}
	}
	t.Logf("%d of %d commands arrive as curl sends them", same, len(curlCorpus))
}

// fireAll imports a command into a new ring and sends all its requests.
func fireAll(t *testing.T, server *recorder, command string) (sent []string, notes string) {
	t.Helper()
	tr := newTest(t)
	_, notes, _ = tr.run(command, "import", "-y", "--as", "curl")
	var list []listedAccount
	out, _, _ := tr.run("", "ls", "--json")
	_ = json.Unmarshal([]byte(out), &list)
	for _, a := range list {
		var requests []listedRequest
		out, _, _ := tr.run("", "request", "--list", "--json", a.Name)
		_ = json.Unmarshal([]byte(out), &requests)
		for _, r := range requests {
			if r.Name == "base" || r.Name == "check" {
				continue
			}
			if _, errs, code := tr.run("", "request", a.Name, r.Name); code != ExitOK {
				t.Errorf("%s: %s: exit %d: %s", command, r.Name, code, errs)
			}
		}
	}
	return server.all(), notes
}
