package cli

import (
	"go/ast"
	"slices"
	"testing"
)

// expressionRuns lists every function that runs a jq expression or template, with whose
// it is. All run through package jq, which bounds them.
var expressionRuns = map[string]string{
	"session SketchTarget":                     "the target of a request that is listed",
	"session/attempt attempt.captureFrom":      "the captures of a request of a suite",
	"session/body formValue.fill":              "a field of a form",
	"session/body jsonBody.Encode":             "a JSON body",
	"session/body textBody.Encode":             "a body of text",
	"session/definition Definition.failsBlind": "a definition's condition, with placeholders for what it captured",
	"session/definition Definition.Renews":     "a definition's condition for a refresh, with placeholders for what a login captures",
	"session/flow builder.pairsIn":             "headers, query and cookies of a request",
	"session/flow builder.rewrite":             "the body of a request with the token in it",
	"session/flow builder.target":              "the address of a request",
	"session/flow run.takeCaptures":            "the captures of a definition",
	"session/flow run.takeKnown":               "the captures of a definition from each answer, and from a check",
	"session/flow facts.api":                   "the address of the API, out of a login",
	"session/flow facts.alive":                 "a definition's check",
	"session/flow facts.checkExpected":         "what a definition expects of a token",
	"session/flow facts.destinations":          "the origins of a definition",
	"session/flow facts.fail":                  "the refusal of a step",
	"session/flow facts.holds":                 "a definition's condition for a step",
	"session/flow facts.judge":                 "a definition's condition for an answer that means the session ended",
	"session/flow facts.message":               "a definition's message in an answer",
	"session/flow facts.offers":                "a definition's condition for a login or attach mode",
	"session/flow facts.findOutcome":           "a definition's outcomes",
	"session/flow facts.retryAt":               "when a definition says to try again",
	"session/flow facts.sketch":                "the address of a request that was not sent",
	"session/flow algorithm":                   "the algorithm that a step signs with",
	"session/flow signer":                      "the key that a step signs with",
	"session/flow run.sign":                    "what a token says that a step signs",
	"session/flow seconds":                     "the sliding lifetime of a session, the interval of a loop, and how long to show something",
	"session/flow pathOf":                      "the path of a request",
	"session/flow run.discover":                "the issuer of a definition",
	"session/flow Subject.Issuer":              "the issuer of a definition, to verify a token with its keys",
	"session/flow run.authorization":           "what a login in a browser sends",
	"session/flow run.browser":                 "the page of a login that comes back with credentials",
	"session/flow run.refusedCaptures":         "a definition's condition for a logout that was not needed",
	"session/flow run.repeat":                  "a definition's condition to end a loop",
	"session/flow run.note":                    "what a login says of itself",
	"session/flow texts":                       "the templates of a step: what it shows, compares with an ID token, or sends with a browser",
	"session/flow stated":                      "the end of a token",
	"session/definition Definition.GrantOf":    "the issuer and the scope of a login, by plain values",
	"session/definition holdsWords":            "the field that the scope of a login is entered in, by one word in it",
	"session/definition Definition.issuers":    "the issuers of a definition, compared to that of an address",
	"session/definition Step.captured":         "the captures of a definition from an answer that was pasted",
	"session/definition addressOf":             "the addresses of a definition, compared to that of a call",
	"session/definition Login.valuesIn":        "a definition's condition for a step, compared to a call",
	"session/definition candidateOf":           "the base address of a definition, compared to that of a call",
	"session/definition Definition.TokenAt":    "the place of an account's token, with a placeholder for it",
	"session/definition Definition.Conditions": "a definition's condition for an account",
	"session/jq Query.CheckCondition":          "a condition that reads no value",
	"session/jq Query.Match":                   "runs Test",
	"session/jq Query.sketch":                  "runs Value",
	"session/jq Query.text":                    "runs Value",
	"session/jq Template.Text":                 "runs Value",
	"session/jq Template.Value":                "runs Value",
	"session/jq Tree.object":                   "the names in a body",
	"session/jq Tree.value":                    "the values in a body",
	"session/request Document.Filter":          "the filter of a user over an answer",
	"session/request evaluate":                 "the expectation of a user or a suite",
	"session/request Run.judgedValues":         "what an expectation that failed has judged",
}

// TestExpressionsRunWithinBounds fails for a function that runs one and is not listed.
func TestExpressionsRunWithinBounds(t *testing.T) {
	comparePlaces(t, expressionRuns, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 {
			return false
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		return ok && isContext(call.Args[0]) && slices.Contains([]string{"Value", "Test", "Match", "Text", "Path", "Outputs", "Sketch"}, sel.Sel.Name)
	})
}

func isContext(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "ctx"
	case *ast.CallExpr:
		sel, ok := e.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		from, ok := sel.X.(*ast.Ident)
		return ok && from.Name == "context"
	}
	return false
}

// TestOnlyOnePackageRunsJQ fails for a function outside of package jq that compiles or runs
// an expression with gojq itself, where nothing bounds it.
func TestOnlyOnePackageRunsJQ(t *testing.T) {
	compareUses(t, map[string]string{}, func(room string, n ast.Node) (use string, ok bool) {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || room == "session/jq" {
			return "", false
		}
		from, ok := sel.X.(*ast.Ident)
		return sel.Sel.Name, ok && from.Name == "gojq" && slices.Contains([]string{"Compile", "Compare", "Marshal", "Preview", "Run", "RunWithContext"}, sel.Sel.Name)
	})
}
