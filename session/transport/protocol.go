package transport

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"tokenring/session/lazy"
)

// streamError has the fields of net/http's own error of an HTTP/2 stream, which
// errors.As converts.
type streamError struct {
	StreamID uint32
	Code     streamCode
	Cause    error
}

func (e streamError) Error() string { return e.Code.String() }

// streamCode is an HTTP/2 error code (RFC 9113, section 7).
type streamCode uint32

const (
	refusedStream    streamCode = 0x7
	enhanceYourCalm  streamCode = 0xb
	http11Required   streamCode = 0xd
	lastOfThoseKnown            = http11Required
)

var streamCodes = [lastOfThoseKnown + 1]string{
	"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
	"REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
}

func (c streamCode) String() string {
	if c <= lastOfThoseKnown {
		return streamCodes[c]
	}
	return fmt.Sprintf("error 0x%x", uint32(c))
}

// streamFault names how a server ended an HTTP/2 stream or its connection, or "".
func streamFault(err error) string {
	var stream streamError
	if errors.As(err, &stream) {
		return stream.Code.String()
	}
	if !strings.Contains(err.Error(), "GOAWAY") {
		return ""
	}
	if m := goAwayCode().FindStringSubmatch(err.Error()); m != nil {
		return "GOAWAY, " + m[1]
	}
	return "GOAWAY"
}

// chunkFault reports whether an error of net/http is about the chunked encoding (RFC 9112, section
// 7.1), for which it has no error type. A connection that ended early is another fault.
func chunkFault(err error) bool {
	return !errors.Is(err, io.ErrUnexpectedEOF) && strings.Contains(err.Error(), "chunk")
}

// goAwayCode finds the error code in the two texts of net/http about a GOAWAY.
var goAwayCode = lazy.Regexp(`ErrCode[=:]([A-Z][A-Z0-9_]+)`)

// wrongStatus finds the first words of an answer that begin no status line.
var wrongStatus = lazy.Regexp(`malformed HTTP status code "([\w.+-]{0,8})"`)

// explainProtocol names a status that is none, and an HTTP/2 stream that the server
// refused or ended.
func explainProtocol(e *Error, err error) bool {
	if strings.Contains(err.Error(), "status code") || strings.Contains(err.Error(), "status pseudo header") {
		status := "a status that is not a number of three digits"
		if m := wrongStatus().FindStringSubmatch(err.Error()); m != nil && m[1] != "" {
			status = "status " + m[1]
		}
		return e.noStatus(status)
	}
	fault := streamFault(err)
	switch strings.TrimPrefix(fault, "GOAWAY, ") {
	case "":
		return false
	case http11Required.String():
		return e.set(KindBroken, e.peer+" does not take this call over HTTP/2 ("+fault+")",
			"set GODEBUG=http2client=0 in the environment, so that calls go over HTTP/1.1")
	case refusedStream.String(), enhanceYourCalm.String():
		return e.set(KindBroken, e.peer+" refused the call before it looked at it ("+fault+")", "wait a moment and try again")
	default:
		return e.set(KindBroken, e.peer+" ended the HTTP/2 exchange before it answered ("+fault+")",
			"try again; if it happens again, look into the server's log")
	}
}

func (e *Error) noStatus(status string) bool {
	return e.set(KindNotHTTP, e.peer+" answered with "+status+", which is not an answer to a request",
		"check the address and the port: another service may listen there")
}
