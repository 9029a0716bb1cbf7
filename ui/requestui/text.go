package requestui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tokenring/session/request"
	"tokenring/ui/theme"
)

// Method writes a method as it is sent; "" is GET.
func Method(m string) string {
	if m = strings.ToUpper(strings.TrimSpace(m)); m != "" {
		return m
	}
	return "GET"
}

// MethodLook colours a method by what it may do: read, change, or delete.
func MethodLook(th *theme.Theme, method string) theme.Style {
	spec := request.Spec{Method: method}
	switch {
	case spec.Safe():
		return th.Good
	case Method(method) == "DELETE":
		return th.Bad
	}
	return th.Warn
}

// RoleLook colours a piece of a body by what it is.
func RoleLook(th *theme.Theme, role request.Role) theme.Style {
	switch role {
	case request.RoleKey:
		return th.JSON.Key
	case request.RoleString:
		return th.JSON.Text
	case request.RoleNumber:
		return th.JSON.Number
	case request.RoleBool:
		return th.JSON.Word
	case request.RoleNull:
		return th.JSON.Null
	case request.RolePunct:
		return th.JSON.Mark
	}
	return th.Text
}

// StatusLook colours a status by its class (RFC 9110, section 15); 0 is an
// answer that never came. A request without a token is refused rightly.
func StatusLook(th *theme.Theme, status int, anonymous bool) theme.Style {
	if anonymous && request.RefusesToken(status) {
		return th.Muted
	}
	switch status / 100 {
	case 1, 2:
		return th.Good
	case 3:
		return th.Accent
	case 4:
		return th.Warn
	}
	return th.Bad
}

// Status writes a status for a list.
func Status(status int) string {
	if status == 0 {
		return "—"
	}
	return strconv.Itoa(status)
}

// VerdictSign is the sign of a verdict, "" for a run that was not judged.
func VerdictSign(th *theme.Theme, v request.Verdict) string {
	switch v {
	case request.Passed:
		return th.Good.Render(theme.SignOK)
	case request.Failed, request.Interrupted:
		return th.Bad.Render(theme.SignFailed)
	}
	return ""
}

// Size writes a number of bytes in decimal units: "840 B", "34.1 kB".
func Size(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1_000_000:
		return decimal(float64(n)/1e3) + " kB"
	}
	return decimal(float64(n)/1e6) + " MB"
}

func decimal(f float64) string {
	if f >= 100 {
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return strconv.FormatFloat(f, 'f', 1, 64)
}

// Took writes how long something took: "0.4 ms", "128 ms", "2.31 s".
func Took(d time.Duration) string {
	switch {
	case d <= 0:
		return "0 ms"
	case d < 50*time.Microsecond:
		return "<0.1 ms"
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < 10*time.Second && d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
}

// Count writes a number with its digits in groups of three.
func Count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}
