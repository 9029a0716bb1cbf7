package flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// typist is a person who gives one answer after the other.
type typist struct {
	person
	answers []string
}

func (p *typist) Ask(_ context.Context, q session.Question) (secret.String, error) {
	if len(p.answers) == 0 {
		return secret.String{}, errors.New("nobody knows " + q.Name)
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return secret.New(answer), nil
}

// Each challenge is answered as the page of RespondToAuthChallenge says.
func TestTheChallengesOfCognito(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		challenges []string // one after the other
		answers    []string // what the person enters
		want       []string // what is sent beside the user name
		refuses    string   // "": the login goes through
	}{
		"none":     {},
		"another":  {challenges: []string{"MFA_SETUP"}, refuses: "it asks for MFA_SETUP"},
		"SMS":      {[]string{"SMS_MFA"}, []string{"123456"}, []string{"SMS_MFA_CODE=123456"}, ""},
		"an app":   {[]string{"SOFTWARE_TOKEN_MFA"}, []string{"123456"}, []string{"SOFTWARE_TOKEN_MFA_CODE=123456"}, ""},
		"e-mail":   {[]string{"EMAIL_OTP"}, []string{"12345678"}, []string{"EMAIL_OTP_CODE=12345678"}, ""},
		"a choice": {[]string{"SELECT_MFA_TYPE", "EMAIL_MFA"}, []string{"EMAIL_MFA", "1234"}, []string{"ANSWER=EMAIL_MFA", "EMAIL_MFA_CODE=1234"}, ""},
	} {
		var sent []string
		left := c.challenges
		l := emulatortest.StartPipe(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var body struct {
				ChallengeName, Session string
				ChallengeResponses     map[string]string
			}
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".RespondToAuthChallenge") {
				for key, value := range body.ChallengeResponses {
					if key != "USERNAME" {
						sent = append(sent, key+"="+value)
					}
				}
				if body.ChallengeName != left[0] || body.Session != "for "+left[0] || body.ChallengeResponses["USERNAME"] != "ada" {
					t.Errorf("%s: sent was %+v", name, body)
				}
				left = left[1:]
			}
			if len(left) > 0 {
				say(w, 200, `{"ChallengeName":"`+left[0]+`","Session":"for `+left[0]+`","ChallengeParameters":{}}`)
				return
			}
			use := func(kind string) string { return unsigned(`{"token_use":"` + kind + `"}`) }
			say(w, 200, `{"AuthenticationResult":{"AccessToken":"`+use("access")+`","IdToken":"`+use("id")+`","RefreshToken":"refresh"},"ChallengeParameters":{}}`)
		}))
		client := transport.New(transport.Options{Now: time.Now, Transport: &http.Transport{DialTLSContext: l.DialContext, DisableKeepAlives: true}})
		account := &flow.Subject{Definition: builtin(t, "cognito-password"), Fields: map[string]any{
			"region": "eu-central-1", "client_id": "app", "username": "ada", "password": hide("open-sesame"),
		}}
		who := &typist{answers: c.answers}
		res, err := flow.New(client, time.Now).Login(t.Context(), account, who, nil)
		l.Close()
		if c.refuses != "" {
			wantContains(t, failure(t, err).Message, c.refuses)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Join(sent, " ") != strings.Join(c.want, " ") || res.Values["access"].IsZero() || len(who.answers) > 0 {
			t.Errorf("%s: sent was %v", name, sent)
		}
	}
}
