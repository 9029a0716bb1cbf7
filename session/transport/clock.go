package transport

import (
	"net/http"
	"time"
)

// clockOffset reads the Date header (RFC 9110, section 6.6.1): the server's
// clock minus ours.
//
// Date has whole seconds and was written at some moment between sent and
// received, so the offset lies between date-received and date+1s-sent. When
// nothing in there contradicts equal clocks it is 0, else the middle.
func clockOffset(h http.Header, sent, received time.Time) (time.Duration, bool) {
	if h.Get("Age") != "" {
		return 0, false // a cache answered with the date of the day it was filled
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0, false
	}
	least, most := date.Sub(received), date.Add(time.Second).Sub(sent)
	if least <= 0 && most >= 0 {
		return 0, true
	}
	return (least + most) / 2, true
}
