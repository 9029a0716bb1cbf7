package cli

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// facts are the fields and judgements that decide what can be done with a session.
var facts = []string{"Ended", "RenewalEnded", "EndedReason", "ExpiresAt", "NotBefore", "Over", "Final", "Rejection"}

// judges lists every function outside package session that reads a fact, and what for. A
// new one belongs in StateAt, Dead, Lives, Left or Notice, unless it fits a reason here.
var judges = map[string]string{
	"session/credential Opener.Snapshot":         "what is final can do nothing",
	"session/credential Opener.Token":            "a session that is over has no token",
	"session/credential lives":                   "copies what is known of a token for a flow",
	"session/flow run.lifeOf":                    "reads the end that an answer states",
	"session/flow run.lives":                     "reads the end that an answer states",
	"session/flow run.changed":                   "an end that moved is a change",
	"session/lifecycle describe":                 "writes the end of a new token",
	"session/lifecycle Sessions.giveUp":          "writes the end of a renewal",
	"session/lifecycle Sessions.renew":           "adopts a newer session unless it is over",
	"session/lifecycle reasonNotAlive":           "says why a session is over, with what was known before",
	"session/lifecycle accept":                   "an acceptance ends a rejection",
	"session/lifecycle":                          "the type, in what it asks of a store",
	"session/lifecycle Sessions.afterCheck":      "an acceptance ends a rejection",
	"session/lifecycle successor":                "new tokens end a rejection",
	"session/lifecycle Sessions.Login":           "a login after a refused session is proven",
	"session/lifecycle Sessions.keepLogin":       "a login without a person keeps the distance",
	"session/lifecycle dead":                     "says why a session is over",
	"session/lifecycle Sessions.noteRejection":   "says when it was renewed last",
	"session/lifecycle Sessions.updateRejection": "writes it",
	"session/attempt account.recover":            "copies it into the session of a suite",
	"session/lifecycle Sessions.checkRejected":   "says whether a check moments ago found the session alive",
	"session/lifecycle Sessions.spaceRenewals":   "keeps the distance",
	"store Store.UpdateRejection":                "stores it",
	"store mergeTouch":                           "an acceptance ends a rejection",
	"session/draft Editor.write":                 "new credentials lift the end of a renewal",
	"store Store.Accounts":                       "copies it",
	"store sessionColumns":                       "stores it",
	"store Store.recordColumns":                  "stores it",
	"store Store.PutSession":                     "stores it, and keeps the distance and a wait",
	"store Store.EndSession":                     "stores it",
	"store Store.EndRenewal":                     "stores it",
	"store tokenColumns":                         "stores it",
	"ui/cli doctor.accounts":                     "doctor: a mark matters while a renewal is possible",
	"ui/cli ensureOther":                         "a token beside the primary",
	"ui/cli newListedAccount":                    "shows it",
	"ui/screen Context.why":                      "disables keys",
	"ui/screen/account Pane.claimsPage":          "there is nothing to decode",
	"ui/screen/account Pane.life":                "shows it",
	"ui/screen/account Pane.load":                "there is nothing to decode",
	"ui/screen/account Pane.problems":            "shows it",
	"ui/screen/account Pane.sessionRows":         "shows it",
	"ui/screen/account Pane.tokenRows":           "shows it",
	"session/request NewEvidence":                "what a token said that a server refused",
	"session/request Run.Reasons":                "what a token said that a server refused",

	// The same names of something else.
	"session/certificate InForce":               "a certificate",
	"session/transport exchange.explainExpired": "a certificate",
	"session/definition decoder.token":          "a definition",
	"session/flow stated":                       "a definition",
	"session/flow run.learned":                  "a definition",
	"session/flow run.steps":                    "tokens that a flow ended",
	"session/lifecycle Sessions.fate":           "tokens that a flow ended",
	"session/suite Report.Document":             "a suite",
	"session/suite Run":                         "a suite",
	"ui/cli agree":                              "a guard",
	"ui/cli suiteRun.change":                    "a suite",
	"ui/cli suiteRun.once":                      "a suite",
	"ui/cli tryout.tokens":                      "a definition",
	"ui/requestui Guard":                        "a guard",
	"ui/screen/editor pair.View":                "a style",
	"ui/widget Shade":                           "a style",
}

func TestEveryJudgeOfASessionIsKnown(t *testing.T) {
	t.Parallel()
	compareUses(t, judges, func(room string, n ast.Node) (use string, ok bool) {
		if room == "session" || strings.HasPrefix(room, "session/emulator") {
			return "", false
		}
		switch n := n.(type) {
		case *ast.SelectorExpr:
			return "", slices.Contains(facts, n.Sel.Name)
		case *ast.KeyValueExpr:
			key, isName := n.Key.(*ast.Ident)
			return "", isName && slices.Contains(facts, key.Name)
		}
		return "", false
	})
}

// sensitive are the calls that open what is sealed or write an account: the receiver,
// where only one kind of it is meant, and the method.
var sensitive = []string{"Vault.Open", ".Sealed", ".Stored", ".AsSealed", ".PutAccount", ".SealAccount", ".SealRing"}

// openers lists every function that makes such a call, and why it serves no account
// that was changed outside tokenring.
var openers = map[string]string{
	"session/credential Opener.Stored .Sealed":      "its callers compare first: Open, and the editor where it seals again",
	"session/credential Opener.unseal Vault.Open":   "for Token and Stored",
	"session/credential Opener.Open .Stored":        "compares first",
	"session/credential Opener.Token .Sealed":       "compares first",
	"session/credential Opener.Authentic .AsSealed": "compares",
	"session/credential Opener.AsSealed Vault.Open": "opens the seal itself",
	"session/credential Opener.KnownOf .Stored":     "hands nothing out: texts are searched for it",
	"session/credential Opener.Reseal .SealAccount": "compares first",
	"session/credential Opener.Reseal .Stored":      "compares first",
	"session/lifecycle Sessions.write .PutAccount":  "Widen compares first",
	"session/draft Editor.remaining .Stored":        "compares first",
	"session/draft Editor.connectionSecret .Stored": "compares first",
	"session/draft Editor.write .PutAccount":        "sealAccount compares first, and a review is of what changed",
	"session/draft Editor.sealAccount .SealAccount": "compares first",
	"session/draft Editor.Accept .SealAccount":      "the person saw the change",
	"session/draft Editor.Restore .AsSealed":        "takes what was sealed",
	"session/draft Editor.settle .AsSealed":         "asks whose session it is",
	"session/attempt Client.openRequest Vault.Open": "a request holds no credential of the account",
	"session/attempt Client.Run Vault.Open":         "a run holds no credential of the account",
	"session/attempt Client.Trusted Vault.Open":     "an approval",
	"store/vault Vault.sealRing .SealRing":          "a ring of an earlier version, once",
}

func TestEveryPlaceThatOpensSecretsIsKnown(t *testing.T) {
	t.Parallel()
	compareUses(t, openers, func(_ string, n ast.Node) (use string, ok bool) {
		call := callOf(n)
		return call, slices.Contains(sensitive, call)
	})
}

// callOf returns a call as sensitive names it, or "".
func callOf(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return ""
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	receiver := ""
	if x, ok := method.X.(*ast.SelectorExpr); ok {
		receiver = x.Sel.Name
	}
	if method.Sel.Name == "Open" {
		return receiver + ".Open"
	}
	return "." + method.Sel.Name
}

// durations lists every function outside package widget that writes a time.Duration, which ends
// at 292 years, and why what it writes is never as long. Times that a server states go
// through Until, Relative and Ago.
var durations = map[string]string{
	"ui/screen/account Pane.tokenRows":    "an idle life is a duration",
	"ui clip.view":                        "a setting, or since the program started",
	"ui jobs.view":                        "a setting, or since the program started",
	"ui/requestui Waiting":                "since a request was sent",
	"ui/cli aheadOrBehind":                "a plausible Date is within two centuries",
	"ui/screen/account offset":            "a plausible Date is within two centuries",
	"ui/screen/account Pane.revealed":     "a setting",
	"ui/screen/account Pane.working":      "since a flow began",
	"ui/screen/accounts List.progress":    "since a flow began",
	"ui/screen/copymenu Overlay.status":   "since the menu opened",
	"ui/screen/copymenu Overlay.fate":     "a setting",
	"ui/screen/copymenu Overlay.sentence": "a setting",
}

func TestEveryDurationThatIsShownIsShort(t *testing.T) {
	t.Parallel()
	comparePlaces(t, durations, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		x, ok := sel.X.(*ast.Ident)
		return ok && x.Name == "widget" && (sel.Sel.Name == "Left" || sel.Sel.Name == "Roughly")
	})
}
