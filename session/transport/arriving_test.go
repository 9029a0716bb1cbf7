package transport_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"tokenring/session/answer"
	"tokenring/session/transport"
)

// lines serves a stream of events; each is sent when it is taken from the channel.
func lines(t *testing.T) (url string, events chan string) {
	t.Helper()
	events = make(chan string)
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		for {
			select {
			case event := <-events:
				_, _ = io.WriteString(w, event)
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
	return s.URL, events
}

func TestAnAnswerIsReadWhileItArrives(t *testing.T) {
	t.Parallel()
	url, events := lines(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := &transport.Request{URL: parse(t, url)}
	parts := make(chan func() *transport.Response, 1)
	r.Arriving = func(part func() *transport.Response) { parts <- part }
	type result struct {
		res *transport.Response
		err error
	}
	ended := make(chan result)
	go func() {
		res, err := client(t).Do(ctx, r)
		ended <- result{res, err}
	}()
	part := <-parts
	if now := part(); len(now.Body) != 0 || now.Status != 200 || !now.Cut {
		t.Errorf("%d %q", now.Status, now.Body)
	}
	events <- "data: one\n\ndata: tw"
	for len(part().Body) == 0 { // until it has come
		time.Sleep(time.Millisecond)
	}
	now := part()
	if string(now.Body) != "data: one\n\n" || now.Media != answer.MediaText {
		t.Errorf("a part of a line was shown: %q", now.Body)
	}
	events <- "o\n\n"
	for len(part().Body) == len(now.Body) {
		time.Sleep(time.Millisecond)
	}
	if string(now.Body) != "data: one\n\n" {
		t.Errorf("what was returned has changed: %q", now.Body)
	}
	cancel()
	got := <-ended
	if got.err != nil || string(got.res.Body) != "data: one\n\ndata: two\n\n" || !got.res.Cut || got.res.CutReason != "it was cancelled after 22 bytes" {
		t.Errorf("%+v, %v", got.res, got.err)
	}
}

func TestACancelledCallWithoutAReaderIsNoAnswer(t *testing.T) {
	t.Parallel()
	url, events := lines(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		events <- "data: one\n\n"
		cancel()
	}()
	var failed *transport.Error
	if res, err := client(t).Do(ctx, &transport.Request{URL: parse(t, url)}); !errors.As(err, &failed) || failed.Kind != transport.KindCanceled {
		t.Errorf("%+v, %v", res, err)
	}
}
