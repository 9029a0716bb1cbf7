package accounts

import (
	"strings"
	"testing"
	"time"

	"tokenring/session"
)

func TestTheListIsSortedByWhatIsChosen(t *testing.T) {
	t.Parallel()
	all := team()
	all[0].Used = noon.Add(-time.Hour)
	all[2].Used = noon.Add(-time.Minute)
	all[2].Work = &session.Work{Started: noon} // it does not move the account
	d, l, _ := list(t, 80, 12, all...)
	for _, c := range []struct{ says, want string }{
		{"sorted by name", "admin@edge me@market ops@crm viewer@edge"},
		{"sorted by state", "viewer@edge admin@edge me@market ops@crm"},
		{"sorted by environment", "ops@crm me@market viewer@edge admin@edge"},
		{"sorted by last use", "me@market viewer@edge admin@edge ops@crm"},
		{"", "viewer@edge admin@edge me@market ops@crm"},
	} {
		d.Press("o")
		if got := strings.Join(l.Shown(), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.says, got, c.want)
		}
		d.Sees(c.says)
	}
	d.SeesNot("sorted")
}

func TestAnUnknownOrderIsTheUsualOne(t *testing.T) {
	t.Parallel()
	d, l, _ := list(t, 80, 12, team()...)
	l.order = "moon"
	d.Press("o")
	if l.Order() != ByName {
		t.Errorf("after an unknown order comes %q", l.Order())
	}
}

// A column is drawn in full before the next one gets room.
func TestColumnsGiveWayOneByOne(t *testing.T) {
	t.Parallel()
	all := team()
	for i := range all {
		all[i].Host = "api.example.com:8443"
	}
	all[0].Title = "datarhei Core"
	all[0].Account.Name = "viewer@a-name-that-is-longer-than-room"
	d, l, _ := list(t, 200, 12, all...)
	d.Sees("viewer@a-name-that-is-longer-than-room staging datarhei Core", "api.example.com:8443")
	for w := 2; w <= 200; w++ {
		d.Resize(w, 12)
		d.Fits()
	}
	d.Resize(l.Width(), 12)
	d.Sees("longer-than-room staging datarhei Core   api.example.com:8443", "▰▰▰▰▰▰▰▰▰▰")
	d.Resize(90, 12)
	d.Sees("viewer@a-name-th…onger-than-room staging datarhei Core api.examp…com:8443", "▰▰ │")
	d.Resize(62, 12)
	d.Sees("viewer@a-name…ger-than-room staging datarhei…")
	d.SeesNot("8443")
}

// A backend that all accounts have says nothing of one of them.
func TestHostsTellAccountsOfOneBackendApart(t *testing.T) {
	t.Parallel()
	all := team()
	for i := range all {
		all[i].Host = all[i].Account.Environment + ".example.com"
	}
	d, _, _ := list(t, 60, 12, all...)
	d.Sees("prod.example.com", "dev.example.com")
	d.SeesNot("Market")
	d2, _, _ := list(t, 60, 12, all[0])
	d2.Sees("Market")
}
