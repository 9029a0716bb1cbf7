package oauth

import (
	"cmp"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tokenring/session/address"
)

// Landing receives the browser at the end of a login, on this machine (RFC 8252,
// section 7.3). It takes one answer; whoever comes later sees the same page.
type Landing struct {
	Redirect string          // the address that the browser comes back to
	Got      chan url.Values // the answer; holds one

	answers func(url.Values) bool
	post    bool
	servers []*http.Server
	hosts   []string
	path    string

	once sync.Once
	over chan struct{} // closed once the end is known
	end  page
}

// page is what the browser shows in the end.
type page struct {
	Title, Text, Nonce string
}

// Limits of what comes back.
const (
	maxAnswer   = 64 << 10
	waitForPage = time.Second
)

// Land listens at the first redirect address that is available; one without a port gets a
// free one. answers tells what belongs to the login; post accepts an answer from a form
// (OAuth 2.0 Form Post Response Mode). It returns nil if no address is on this machine,
// and an error for each address if none is available.
func Land(redirects []string, post bool, answers func(url.Values) bool) (*Landing, error) {
	var busy []error
	for _, text := range redirects {
		if scheme, _, found := strings.Cut(text, ":/"); found && strings.Contains(scheme, ".") {
			continue // of an app (RFC 8252, section 7.1)
		}
		u, err := address.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("the redirect address %s: %w", text, err)
		}
		if u.Scheme != "http" || !address.IsLoopback(u.Hostname()) {
			continue
		}
		l, err := land(u, post, answers)
		if err == nil {
			return l, nil
		}
		busy = append(busy, err)
	}
	return nil, errors.Join(busy...)
}

func land(u *url.URL, post bool, answers func(url.Values) bool) (*Landing, error) {
	binds := []string{u.Hostname()}
	if address.IsLocal(u.Hostname()) { // the browser decides which
		binds = []string{"127.0.0.1", "::1"}
	}
	port := u.Port()
	if port == "" {
		port = "0"
	}
	listeners, err := listen(binds, port)
	if err != nil {
		return nil, err
	}
	port = strconv.Itoa(listeners[0].Addr().(*net.TCPAddr).Port)
	at := *u
	at.Host = net.JoinHostPort(u.Hostname(), port)
	l := &Landing{
		Redirect: at.String(), Got: make(chan url.Values, 1), answers: answers, post: post, path: cmp.Or(at.Path, "/"),
		over: make(chan struct{}),
	}
	for _, host := range []string{"127.0.0.1", "::1", "localhost", u.Hostname()} {
		l.hosts = append(l.hosts, net.JoinHostPort(host, port))
	}
	for _, listener := range listeners {
		server := &http.Server{Handler: l, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: maxAnswer}
		server.SetKeepAlivesEnabled(false)
		l.servers = append(l.servers, server)
		go func() { _ = server.Serve(listener) }() // ends with Close
	}
	return l, nil
}

// freePorts is how many free ports are tried.
const freePorts = 10

// listen listens on one port of all hosts, so that no other program answers the browser at one of them; port "0" is a
// free one.
func listen(hosts []string, port string) (all []net.Listener, err error) {
	for range freePorts {
		if all, err = listenAt(hosts, port); err == nil || port != "0" {
			break
		}
	}
	return all, err
}

func listenAt(hosts []string, port string) (all []net.Listener, err error) {
	for i, host := range hosts {
		one, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err == nil {
			all = append(all, one)
			port = strconv.Itoa(one.Addr().(*net.TCPAddr).Port)
			continue
		}
		has := false
		if other, err := net.Listen("tcp", net.JoinHostPort(host, "0")); err == nil {
			has = other.Close() == nil
		}
		switch {
		case !has && i > 0:
			continue // a machine without IPv6
		case !has:
			err = fmt.Errorf("this machine has no address %s", host)
		case errors.Is(err, fs.ErrPermission):
			err = fmt.Errorf("port %s of this machine is for administrators only", port)
		default:
			err = fmt.Errorf("port %s of this machine is in use", port)
		}
		for _, one := range all {
			_ = one.Close()
		}
		return nil, err
	}
	return all, nil
}

// ServeHTTP implements http.Handler.
func (l *Landing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch isHost := func(host string) bool { return strings.EqualFold(host, r.Host) }; {
	case !slices.ContainsFunc(l.hosts, isHost): // a foreign page may give this machine another name
		http.Error(w, "unknown host name", http.StatusMisdirectedRequest)
	case r.URL.Path != l.path:
		http.NotFound(w, r)
	case r.Method != http.MethodGet && !(l.post && r.Method == http.MethodPost):
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
	default:
		l.receive(w, r)
	}
}

func (l *Landing) receive(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxAnswer)
		_ = r.ParseForm() // what cannot be read is no answer
		values = r.PostForm
	}
	if !l.answers(values) {
		show(w, http.StatusBadRequest, page{Title: "Not the login that is waiting", Text: "This page belongs to another login. The one in the terminal is still waiting."})
		return
	}
	l.once.Do(func() { l.Got <- values })
	select {
	case <-l.over:
		show(w, http.StatusOK, l.end)
	case <-r.Context().Done():
	}
}

// Finish shows the browser how the login ended, and stops listening.
func (l *Landing) Finish(title, text string) {
	l.end = page{Title: title, Text: text}
	close(l.over)
	ctx, cancel := context.WithTimeout(context.Background(), waitForPage)
	defer cancel()
	for _, server := range l.servers {
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
	}
}

//go:embed landing.html
var landingPage string

// show writes a page that loads nothing and clears the address bar.
func show(w http.ResponseWriter, status int, p page) {
	p.Nonce = rand.Text()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; style-src 'nonce-"+p.Nonce+"'; script-src 'nonce-"+p.Nonce+"'")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strings.NewReplacer(
		"TITLE", html.EscapeString(p.Title), "TEXT", html.EscapeString(p.Text), "NONCE", p.Nonce,
	).Replace(landingPage))
}
