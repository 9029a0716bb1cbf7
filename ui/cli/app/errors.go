package app

import "fmt"

// UsageError is a command line that cannot be understood.
type UsageError struct{ error }

// Usage makes err a UsageError.
func Usage(err error) error { return UsageError{err} }

// Usagef makes a UsageError of a text.
func Usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// Unwrap returns the error by itself.
func (e UsageError) Unwrap() error { return e.error }

// AdvisedError is an error with the next step.
type AdvisedError struct {
	error
	Next string
}

// Unwrap returns the error by itself.
func (e *AdvisedError) Unwrap() error { return e.error }

// Advise adds the next step to an error.
func Advise(err error, format string, args ...any) error {
	return &AdvisedError{err, fmt.Sprintf(format, args...)}
}
