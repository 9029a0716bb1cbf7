package cli

import (
	"go/ast"
	"testing"
)

// exits lists every function that takes the text out of a secret.String, with what
// becomes of it.
var exits = map[string]string{
	"session/credential Opener.Decode":     "reads what the token says",
	"session/credential Opener.Seal":       "into the vault",
	"session/draft checkEntered":           "looks at its characters",
	"session/flow Attached.lines":          "what a person asked to copy or print, or its mask",
	"session/flow attachAt":                "onto the wire",
	"session/flow builder.attached":        "looks at its characters",
	"session/flow builder.build":           "onto the wire",
	"session/flow builder.signRequest":     "looks at its characters",
	"session/flow encodePairs":             "onto the wire",
	"session/flow facts.exp":               "reads its expiry",
	"session/flow facts.credentials":       "reads its kind, for a redactor",
	"session/flow facts.everything":        "reads its kind, for a redactor",
	"session/flow facts.cleanEntered":      "compares it with its pattern",
	"session/flow facts.tokenScope":        "reads its claims",
	"session/flow run.confirm":             "no secret: whether the person agrees",
	"session/flow run.authorization":       "into the address of the login page",
	"session/flow PersonOf":                "reads whom it names",
	"session/credential Opener.Open":       "reads who an account was of",
	"session/flow run.identify":            "compares the nonce",
	"session/flow run.receive":             "reads the code that was pasted, for the wire",
	"session/flow redactors.of":            "sorts, for a redactor",
	"session/importer filling.holdsToken":  "searches for it in a request",
	"session/importer filling.marked":      "replaces it by a template",
	"session/importer filling.secret":      "compares it",
	"session/importer parser.heldBy":       "compares whose it is",
	"session/importer parser.renew":        "compares how old it is",
	"session/jq reveal":                    "into the scope of an expression, for the wire",
	"session/lifecycle describe":           "reads its times and kind",
	"session/request Curl":                 "what a person asked to copy or print",
	"session/attempt attempt.ask":          "reads what explains that the server refused it",
	"session/lifecycle newClaims":          "keeps its claims, sealed",
	"session/token same":                   "no secret: claims, to compare them",
	"session/draft Suggest":                "tells its kind by its prefix",
	"session/draft backendsOf":             "compares it with what a login captures",
	"session/draft serversOf":              "reads what it says, and its prefix",
	"session/token Line.Whole":             "no secret: a claim, while the person asks for it",
	"session/secret Clear.With":            "measures it",
	"session/secret Clear.isPart":          "compares it",
	"session/secret newRedactor":           "makes patterns of it",
	"session/secret Redactor.isShort":      "compares it",
	"session/secret String.Equal":          "compares it",
	"session/secret String.IsZero":         "measures it",
	"session/secret withPasswords":         "finds the password in Basic credentials",
	"session/transport material.id":        "into a hash that stays in memory",
	"session/transport material.prepare":   "opens a key",
	"session/transport prepared.takeProxy": "onto the wire, to the proxy",
	"store/vault CheckPassphrase":          "measures it",
	"store/vault composed":                 "into its normal form, a secret again",
	"store/vault spellings":                "into its other forms, secrets again",
	"store/vault wrap.deriveKey":           "into the derivation of a key",
	"ui Model.onAccount":                   "no secret: an action of the keyboard",
	"ui clip.copied":                       "onto the clipboard, by the terminal",
	"ui/cli decode":                        "hands the token on to be read",
	"ui/cli decoded.object":                "what a token says in clear, which its reader asked for",
	"ui/cli decoded.section":               "no secret: a claim, with --reveal",
	"ui/cli newVaultKey":                   "prints the new key that was asked for",
	"ui/cli passphrases":                   "splits what standard input holds",
	"ui/cli printToken.object":             "prints what was asked for",
	"ui/cli printToken.print":              "prints what was asked for",
	"ui/cli printToken.run":                "prints what was asked for",
	"ui/cli readToken":                     "reads what the token says",
	"ui/cli requestCmd.run":                "prints a command with a variable in place of the token",
	"ui/cli stepPrinter.captures":          "masks it",
	"ui/cli tokenVariables":                "looks for a NUL",
	"ui/cli tryout.askMissing":             "no secret: a field that is kept in clear",
	"ui/cli tryout.tokens":                 "masks it",
	"ui/cli variables.account":             "into the environment of the program that was named",
	"session/token SharedKey":              "a key to verify with, which never prints itself",
	"session/token Enter":                  "takes off what was copied along, and looks at its characters",
	"ui/cli/term Console.hiddenYes":        "looks for a yes",
	"ui/clipboard System.Copy":             "onto the clipboard",
	"ui/screen Unwrap":                     "into a line that hides what is typed",
	"ui/screen/account Pane.decode":        "reads what the token says",
	"ui/screen/account Pane.revealed":      "shows it, while the person asks for that",
	"ui/screen/account Pane.verify":        "verifies it with keys that are read without it",
	"ui/screen/account Pane.claimsPage":    "no secret: claims, while the person asks for it",
	"ui/screen/claimsview Read":            "masks it, and reads what it says",
	"ui/screen/claimsview View.arrange":    "no secret: a claim, while the person asks for it",
	"ui/screen/claimsview View.copy":       "no secret: a claim that the person copies",
	"ui/screen/copymenu claims":            "reads its claims",
	"ui/screen/copymenu curlOf":            "shows a command with a variable in place of the token",
	"ui/screen/copymenu named":             "masks it",
	"ui/screen/decode Overlay.Init":        "looks for the tokens in it",
	"ui/screen/decode Overlay.key":         "no secret: claims, while the person asks for it",
	"ui/screen/decode Overlay.typed":       "appends what is typed",
	"ui/screen/decode Overlay.value":       "looks for an address around it",
	"ui/screen/form Overlay.load":          "looks for its backend",
	"ui/screen/vault strength":             "measures it",
	"ui/widget/field Secret.Set":           "into a line that hides what is typed",
}

// TestEveryExitOfASecretIsKnown fails for a function that is not listed: say what
// becomes of the secret, and see that it reaches no log, error, argument or file.
func TestEveryExitOfASecretIsKnown(t *testing.T) {
	comparePlaces(t, exits, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Reveal" {
			return false
		}
		of, ok := sel.X.(*ast.Ident)
		return !ok || of.Name != "keymap"
	})
}
