package cli

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// networkWaits lists every function that may wait for a network, with what ends the
// wait. TestEveryWaitEndsWithItsContext of session/transport tries them.
var networkWaits = map[string]string{
	"session/flow run.send Do":                     "Client.Do bounds it",
	"session/oauth asker.fetch Do":                 "Client.Do bounds it",
	"session/oauth listenAt Listen":                "listens on this machine, and does not wait",
	"ui/cli doctor.askClocks Do":                   "Client.Do bounds it",
	"session/transport Client.Do discard":          "closes a body that does not come at once",
	"session/transport discard CopyN":              "closes a body that does not come at once",
	"session/transport exchange.send RoundTrip":    "the context of the call; a status that begins no answer closes the connection",
	"session/transport exchange.read Read":         "the context of the call closes the body",
	"session/transport dial DialContext":           "the context of the dial",
	"session/transport dialProxy HandshakeContext": "the context of the dial",
	"session/transport dialProxy dial":             "the context of the dial",
	"session/transport leadsInside LookupHost":     "the context of the dial",
	"session/transport way.dialResolved dial":      "the context of the dial",
}

// waiting finds the calls that read from a network, or reach it.
var waiting = regexp.MustCompile(`^(RoundTrip|[dD]ial|Dial(Context|TLS\w*|Timeout|TCP|Unix)|Listen|Handshake\w*|Lookup(Host|IP\w*|NetIP|Addr|CNAME|TXT|SRV)|ReadResponse)$`)

// TestEveryNetworkWaitIsListed fails for a wait that is not listed.
func TestEveryNetworkWaitIsListed(t *testing.T) {
	compareUses(t, networkWaits, func(room string, n ast.Node) (string, bool) {
		call, ok := n.(*ast.CallExpr)
		if !ok || strings.HasPrefix(room, "session/emulator") || strings.HasPrefix(room, "ui/screen") { // whose Do is another
			return "", false
		}
		name := ""
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr:
			name = f.Sel.Name
		case *ast.Ident:
			name = f.Name
		}
		if waiting.MatchString(name) || name == "Do" && len(call.Args) == 2 { // of a client, with its context
			return name, true
		}
		for _, arg := range call.Args { // a body that is read
			switch a := arg.(type) {
			case *ast.SelectorExpr:
				if a.Sel.Name == "Body" && (name == "Read" || name == "discard" || strings.HasPrefix(name, "ReadAll") || strings.HasPrefix(name, "Copy")) {
					return name, true
				}
			case *ast.Ident:
				if a.Name == "body" && strings.HasPrefix(name, "Copy") {
					return name, true
				}
			}
		}
		return "", false
	})
}
