package app

import "fmt"

// UsageError is a command line that cannot be understood.
type UsageError struct{ error }

// Usage returns err as a UsageError.
func Usage(err error) error { return UsageError{err} }

// Usagef returns a formatted UsageError.
func Usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// Unwrap returns the underlying error.
func (e UsageError) Unwrap() error { return e.error }

// AdvisedError is an error with the next step.
type AdvisedError struct {
	error
	Next string
}

// Unwrap returns the underlying error.
func (e *AdvisedError) Unwrap() error { return e.error }

// Advise adds the next step to an error.
func Advise(err error, format string, args ...any) error {
	return &AdvisedError{err, fmt.Sprintf(format, args...)}
}
