// Package request holds test requests: the text that a person edits, the answer,
// the verdict of its expectation, the curl command line of a call, and the body
// as a document for the screen.
package request
