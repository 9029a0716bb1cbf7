package shell

import (
	"slices"
	"strings"

	"tokenring/session/lazy"
)

// What may stand before curl on its line: settings of its environment, and commands that run it.
const beforeCurl = `(\w+=("[^"\n]*"|'[^'\n]*'|[^\s"'])*[ \t]+)*((sudo|env|time|command|exec|nohup|timeout|nice)([ \t]+-\S+([ \t]+[^-\s]\S*)?|[ \t]+\w+=\S*|[ \t]+\d\S*)*[ \t]+` +
	`|(kubectl|oc|docker|podman)[ \t]+(compose[ \t]+)?(exec|run)[ \t][^\n|;&]*[ \t])*`

var (
	curlLine   = lazy.Regexp(`(?m)^[\pZ\t]*(` + prompt + `|# )?[\pZ\t]*` + beforeCurl + `\\?([^\s='"]*/)?curl(\.exe)?([\pZ\t\^]|$)`)
	curlWithin = lazy.Regexp(`[\s;|&({]curl(\.exe)?[\pZ\t]+['"]?(-|\$|[\w.-]+[.:])`)
	runsCurl   = lazy.Regexp(`^` + beforeCurl + `$`)
)

// HasCurl reports whether a line of a text is a curl command.
func HasCurl(text string) bool { return curlLine().MatchString(text) }

// MentionsCurl reports whether a text has a word that may be a curl command, as in a pipe.
func MentionsCurl(text string) bool { return curlWithin().MatchString(text) }

func mayHaveCurl(code string) bool { return HasCurl(code) || MentionsCurl(code) }

const maxBefore = 200 // words of a command before its curl

// Curl returns the words of a command from its curl on, or nil if it does not run curl.
func (c Command) Curl() []Word {
	var before strings.Builder
	for i, w := range c.Words[:min(len(c.Words), maxBefore)] {
		name := w.Text[strings.LastIndexAny(w.Text, `/\`)+1:]
		if (name == "curl" || strings.EqualFold(name, "curl.exe")) && runsCurl().MatchString(before.String()) {
			return c.Words[i:]
		}
		before.WriteString(w.Text + " ")
	}
	return nil
}

// HidesCurl reports whether a command runs curl in a way that Curl does not read.
func (c Command) HidesCurl() bool {
	return c.Curl() == nil && MentionsCurl(" "+strings.Join(texts(c.Words), " "))
}

// Option is an option of a command. An argument counts as the option url.
type Option struct {
	Name   string // the long name, without dashes; "" if it cannot be read
	Value  string
	Offset int    // in the source
	Fault  string // why it cannot be read; quotes at most one letter of it
}

// CurlOptions parses the arguments of curl. It assumes that an unknown option takes no
// value.
func CurlOptions(words []Word) []Option {
	var all []Option
	for i := 0; i < len(words); i++ {
		at := words[i].Offset
		add := func(name, shown, value string, given bool) {
			one := Option{Name: name, Value: value, Offset: at}
			switch {
			case !slices.Contains(curlValued, name) || given:
			case i+1 < len(words):
				i++
				one.Value = words[i].Text
			default:
				one = Option{Offset: at, Fault: "the option " + shown + " has no value"}
			}
			all = append(all, one)
		}
		switch text := words[i].Text; {
		case strings.HasPrefix(text, "--") && len(text) > 2:
			name, value, given := strings.Cut(text[2:], "=")
			if !slices.Contains(curlValued, name) && !slices.Contains(curlFlags, strings.TrimPrefix(name, "no-")) {
				all = append(all, Option{Offset: at, Fault: "unknown curl option"})
				continue
			}
			add(name, "--"+name, value, given)
		case strings.HasPrefix(text, "-") && len(text) > 1:
			unknown := false
			for rest := text[1:]; rest != ""; {
				letter := rest[:1]
				name, known := curlLetters[letter]
				rest = rest[1:]
				switch {
				case known && slices.Contains(curlValued, name):
					add(name, "-"+letter, rest, rest != "")
					rest = ""
				case known:
					add(name, "", "", true)
				case !unknown: // one letter reveals no secret, all of them could
					unknown = true
					all = append(all, Option{Offset: at, Fault: "unknown curl option -" + letter})
				}
			}
		case strings.TrimSpace(text) != "": // a backslash before a blank makes it a word
			add("url", "", text, true)
		}
	}
	return all
}

// curlLetters maps curl's one-letter options to their long names.
var curlLetters = map[string]string{
	"A": "user-agent", "b": "cookie", "c": "cookie-jar", "C": "continue-at", "d": "data", "D": "dump-header", "e": "referer",
	"E": "cert", "f": "fail", "F": "form", "g": "globoff", "G": "get", "H": "header", "i": "include", "I": "head", "j": "junk-session-cookies",
	"J": "remote-header-name", "k": "insecure", "K": "config", "l": "list-only", "L": "location", "m": "max-time", "M": "manual",
	"n": "netrc", "N": "no-buffer", "o": "output", "O": "remote-name", "p": "proxytunnel", "P": "ftp-port", "q": "disable",
	"Q": "quote", "r": "range", "R": "remote-time", "s": "silent", "S": "show-error", "t": "telnet-option", "T": "upload-file",
	"u": "user", "U": "proxy-user", "v": "verbose", "V": "version", "w": "write-out", "x": "proxy", "X": "request", "y": "speed-time",
	"Y": "speed-limit", "z": "time-cond", "Z": "parallel", "0": "http1.0", "1": "tlsv1", "2": "sslv2", "3": "sslv3", "4": "ipv4",
	"6": "ipv6", "#": "progress-bar", "a": "append", "B": "use-ascii", "h": "help", ":": "next",
}

// curlValued lists the options that take a value.
var curlValued = []string{
	"user-agent", "cookie", "cookie-jar", "continue-at", "data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json",
	"dump-header", "referer", "cert", "cert-type", "key", "key-type", "pass", "cacert", "capath", "ciphers", "tls13-ciphers",
	"form", "form-string", "header", "config", "max-time", "connect-timeout", "output", "output-dir", "ftp-port", "quote", "range",
	"telnet-option", "upload-file", "user", "proxy-user", "write-out", "proxy", "noproxy", "socks5", "socks5-hostname", "socks4",
	"request", "request-target", "speed-time", "speed-limit", "time-cond", "url", "url-query", "oauth2-bearer", "retry", "retry-delay",
	"retry-max-time", "max-redirs", "max-filesize", "limit-rate", "resolve", "connect-to", "interface", "dns-servers", "netrc-file",
	"unix-socket", "abstract-unix-socket", "trace", "trace-ascii", "stderr", "aws-sigv4", "proto", "proto-default", "proto-redir",
	"tls-max", "curves", "pinnedpubkey", "keepalive-time", "happy-eyeballs-timeout-ms", "local-port", "parallel-max", "rate",
	"etag-save", "etag-compare", "doh-url", "expect100-timeout", "hsts", "alt-svc", "delegation", "service-name", "preproxy",
	"proxy-header", "variable", "engine", "create-file-mode",
}

// curlFlags lists the options that do not.
var curlFlags = []string{
	"next", "fail", "fail-with-body", "fail-early", "globoff", "get", "include", "head", "junk-session-cookies", "remote-header-name", "insecure",
	"list-only", "location", "location-trusted", "netrc", "netrc-optional", "buffer", "remote-name", "remote-name-all", "proxytunnel",
	"disable", "remote-time", "silent", "show-error", "verbose", "parallel", "http0.9", "http1.0", "http1.1", "http2",
	"http2-prior-knowledge", "http3", "http3-only", "tlsv1", "tlsv1.0", "tlsv1.1", "tlsv1.2", "tlsv1.3", "sslv2", "sslv3", "ipv4", "ipv6",
	"progress-bar", "progress-meter", "append", "use-ascii", "compressed", "compressed-ssh", "tr-encoding", "basic", "digest", "ntlm",
	"negotiate", "anyauth", "retry-connrefused", "retry-all-errors", "post301", "post302", "post303", "path-as-is", "raw", "styled-output",
	"tcp-nodelay", "tcp-fastopen", "keepalive", "alpn", "npn", "sessionid", "ssl-no-revoke", "ssl-revoke-best-effort", "ssl", "ssl-reqd",
	"create-dirs", "clobber", "ca-native", "trace-time", "trace-ids", "haproxy-protocol", "cert-status", "false-start", "suppress-connect-headers",
	"disallow-username-in-url", "xattr", "remove-on-error", "skip-existing", "proxy-insecure", "crlf",
}
