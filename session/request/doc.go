// Package request holds test requests: what a person types and fires as an
// account, what came back, whether it was what was expected, the same call as
// a curl command line, and the body as it is read on a screen.
package request
