package flow_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"net/http"

	"tokenring/session"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/flow"
	"tokenring/session/transport"
)

// waited logs in with a code and returns how long the polls were apart.
func waited(t *testing.T, o emulatortest.IssuerOptions, lose func(poll int) bool) (gaps []time.Duration, notice session.Notice, err error) {
	synctest.Test(t, func(t *testing.T) {
		o.Now = time.Now
		server := emulatortest.NewIssuer(o)
		var polls []time.Time
		l := emulatortest.StartPipe(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" {
				polls = append(polls, time.Now())
				if lose != nil && lose(len(polls)) {
					panic(http.ErrAbortHandler)
				}
			}
			server.ServeHTTP(w, r)
		}))
		defer l.Close()
		client := transport.New(transport.Options{Now: time.Now, Transport: &http.Transport{DialContext: l.DialContext, DisableKeepAlives: true}})
		account := oidc(t, "device", "http://localhost:8080", map[string]any{"client_id": emulatortest.IssuerPublic})
		who := &person{}
		_, err = flow.New(client, time.Now).Login(context.Background(), account, who, nil)
		for i := 1; i < len(polls); i++ {
			gaps = append(gaps, polls[i].Sub(polls[i-1]).Round(100*time.Millisecond))
		}
		if len(who.noticed) == 1 {
			notice = who.noticed[0]
			notice.Ends = time.Time{}.Add(notice.Ends.Sub(polls[0]).Round(time.Second))
		}
	})
	return gaps, notice, err
}

func TestABrowserThatNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := emulatortest.StartPipe(emulatortest.NewIssuer(emulatortest.IssuerOptions{Now: time.Now}))
		defer l.Close()
		client := transport.New(transport.Options{Now: time.Now, Transport: &http.Transport{DialContext: l.DialContext, DisableKeepAlives: true}})
		account, who := desk(t, "http://localhost:8080"), newDesk()
		account.Fields["redirect"] = "https://app.example/back" // nothing listens here
		who.visit = func(string) {}
		began := time.Now()
		_, err := flow.New(client, time.Now).Login(t.Context(), account, who, nil)
		f := failure(t, err)
		wantKind(t, f, session.NoAnswer)
		wantContains(t, f.Meaning, "nothing came back from the browser within 5 minutes")
		wantContains(t, f.Next, "redirect address")
		if took := time.Since(began); took != 5*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

func TestALoginWithACodeOnAnotherDevice(t *testing.T) {
	third := func(polls int) bool { return polls > 2 }
	gaps, notice, err := waited(t, emulatortest.IssuerOptions{Interval: 5, Approved: third}, nil)
	must(t, err)
	if len(gaps) != 2 || gaps[0] != 6*time.Second || gaps[1] != 6*time.Second {
		t.Errorf("the polls were %v apart", gaps)
	}
	if notice.Code != "WDJB-MJHT" || !strings.HasSuffix(notice.URL, "/activate") || !strings.HasSuffix(notice.QR, "?user_code=WDJB-MJHT") || notice.Ends.Sub(time.Time{}) != 10*time.Minute {
		t.Errorf("shown was %+v", notice)
	}
	gaps, _, err = waited(t, emulatortest.IssuerOptions{Interval: 5, Approved: func(polls int) bool { return polls > 3 }, Trouble: func(polls int) string {
		if polls == 1 {
			return "slow_down"
		}
		return ""
	}}, nil)
	if must(t, err); len(gaps) != 3 || gaps[0] != 11*time.Second || gaps[2] != 11*time.Second {
		t.Errorf("after slow_down the polls were %v apart", gaps)
	}
	gaps, _, err = waited(t, emulatortest.IssuerOptions{Interval: 5}, func(poll int) bool { return poll == 1 })
	if must(t, err); len(gaps) < 2 {
		t.Errorf("after a lost answer the polls were %v apart", gaps)
	}
	for word, kind := range map[string]session.OutcomeKind{
		"access_denied": session.BadCredentials, "expired_token": session.BadCredentials, "invalid_client": session.BadConfig, "unauthorized_client": session.BadConfig,
	} {
		_, _, err := waited(t, emulatortest.IssuerOptions{Trouble: func(int) string { return word }}, nil)
		wantKind(t, failure(t, err), kind)
	}
}
