package token

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Level weighs a finding.
type Level int

// The levels of findings.
const (
	Info Level = iota // good to know
	Warn              // probably a mistake, or about to cause trouble
	Bad               // unsafe, or no server should accept it
)

// String returns the level in one word.
func (l Level) String() string {
	return [...]string{Info: "info", Warn: "warning", Bad: "bad"}[l]
}

// Finding is one thing worth knowing about a token.
type Finding struct {
	Level Level
	Claim string // the claim or header parameter it concerns, as written; "" for the whole token
	Text  string // one sentence, safe for a terminal
}

const (
	clockSlack = time.Minute // difference between the clocks of two machines that is not reported
	longLife   = 30 * 86400  // seconds; long for a token that cannot be revoked
	hugeLife   = 365 * 86400 // seconds
	largeToken = 7 << 10     // common servers refuse more than 8 KiB of headers in all
	maxNamed   = 20          // findings of one kind
)

// Audit reports what is odd, damaged or unsafe about a token, the worst first. It checks form and content against
// RFC 7515, RFC 7519 and the practice of RFC 8725, but no signature. Dates are in the zone of now. An opaque token has
// no findings.
func Audit(t *Token, now time.Time) []Finding {
	a := &auditor{token: t, now: now}
	for _, sentence := range t.Damage {
		a.add(Warn, "", sentence)
	}
	for _, what := range t.Ignored {
		a.add(Info, "", "left out: "+what)
	}
	if t.Kind != Opaque {
		a.header()
		if t.Size > largeToken {
			a.add(Warn, "", "it is "+strconv.Itoa(t.Size)+" bytes long; many servers refuse more than 8 KiB of headers")
		}
	}
	if t.Kind == JWS {
		a.signature()
	}
	if t.Kind == JWS && t.Claims != nil {
		a.purpose()
	}
	a.secrets(Lines(t.Header, nil))
	if t.Claims != nil {
		a.times()
		a.lifetime()
		lines := Lines(t.Claims, nil)
		a.secrets(lines)
		a.persons(lines)
		a.names("claim", t.Claims)
	}
	slices.SortStableFunc(a.found, func(x, y Finding) int { return cmp.Compare(y.Level, x.Level) })
	return a.found
}

type auditor struct {
	token *Token
	now   time.Time
	found []Finding
}

func (a *auditor) add(level Level, claim, sentence string) {
	a.found = append(a.found, Finding{Level: level, Claim: claim, Text: sentence})
}

func (a *auditor) header() {
	a.names("header parameter", a.token.Header)
	a.keyNames()
	own, _ := a.profile()
	for _, name := range []string{"jku", "jwk", "x5u"} {
		if a.token.Header.get(name) != nil && name != own.key {
			a.add(Warn, name, quoteName(name)+" lets the token name its own key; a server must not trust it unchecked")
		}
	}
	raw := a.token.Header.get("crit")
	if raw == nil {
		return
	}
	var names []string
	if json.Unmarshal(raw, &names) != nil || len(names) == 0 || slices.Contains(names, "") {
		a.add(Bad, "crit", `"crit" must be a list of names`)
		return
	}
	for _, name := range names[:min(len(names), maxNamed)] {
		if name == "b64" {
			a.add(Info, "crit", `the claims are not base64url-encoded ("b64", RFC 7797)`)
		} else {
			a.add(Warn, "crit", "receivers that do not understand "+quoteName(name)+" must reject the token")
		}
	}
}

// signature checks what needs no key.
func (a *auditor) signature() {
	alg, size := a.token.Alg(), len(a.token.Signature)
	want, known := signatureSize[alg]
	switch {
	case alg == "":
		a.add(Bad, "alg", `the header names no algorithm`)
	case strings.EqualFold(alg, "none"):
		a.add(Bad, "alg", `the algorithm is "none": anyone can forge such a token`)
		return
	case !known:
		a.add(Info, "alg", "the algorithm "+quoteName(alg)+" is not a common one")
	}
	switch {
	case size == 0:
		a.add(Bad, "", "the token has no signature")
	case want > 0 && size != want:
		a.add(Bad, "", alg+" makes signatures of "+strconv.Itoa(want)+" bytes, but this one has "+strconv.Itoa(size)+": the token is truncated or damaged")
	case isRSA(alg) && size < 256:
		a.add(Warn, "", "the signature has "+strconv.Itoa(size)+" bytes: the token is truncated, or its RSA key is shorter than 2048 bits")
	}
}

// signatureSize lists lengths in bytes (RFC 7518 section 3, RFC 8037 and RFC 8812); 0 where the key decides.
var signatureSize = map[string]int{
	"HS256": 32, "HS384": 48, "HS512": 64,
	"ES256": 64, "ES256K": 64, "ES384": 96, "ES512": 132, "EdDSA": 0, "Ed25519": 64, "Ed448": 114,
	"RS256": 0, "RS384": 0, "RS512": 0, "PS256": 0, "PS384": 0, "PS512": 0,
}

func isRSA(alg string) bool { return strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS") }

func (a *auditor) times() {
	for _, name := range []string{"exp", "nbf", "iat", "auth_time"} {
		raw := a.token.Claims.get(name)
		if raw == nil {
			continue
		}
		if at, ok := a.token.textDate(raw); ok {
			a.against(name, at)
			continue
		}
		at, millis, ok := numericDate(raw)
		switch {
		case !ok && a.token.writesDates():
			a.add(Warn, name, quoteName(name)+" must be a date with a time and a zone, as in RFC 3339")
			continue
		case !ok:
			a.add(Warn, name, quoteName(name)+" must be a number of seconds since 1970")
			continue
		case millis:
			a.add(Warn, name, quoteName(name)+" is in milliseconds instead of seconds: strict servers read a date some 50,000 years away")
		case raw[0] == '"':
			a.add(Warn, name, quoteName(name)+" is a string instead of a number: strict servers reject it")
		}
		a.against(name, at)
	}
}

func (a *auditor) against(name string, at time.Time) {
	switch future := at.After(a.now.Add(clockSlack)); {
	case name == "exp" && at.Unix() == 0:
		a.add(Warn, name, `"exp" is 0: some servers read that as no end, others as expired`)
	case name == "exp" && !at.After(a.now):
		a.add(Warn, name, "it expired at "+a.date(at))
	case name == "nbf" && future:
		a.add(Warn, name, "it is not valid before "+a.date(at))
	case (name == "iat" || name == "auth_time") && future:
		a.add(Warn, name, quoteName(name)+" is in the future, "+a.date(at)+": one of the clocks is wrong")
	}
}

// date writes a moment in the zone of now, like the other times of a view.
func (a *auditor) date(at time.Time) string { return inZone(at, a.now.Location()) }

func (a *auditor) lifetime() {
	exp, ok := a.token.Expiry()
	if !ok {
		return
	}
	issued, ok := a.token.Time("iat")
	if !ok {
		if issued, ok = a.token.Time("nbf"); !ok {
			issued = a.now
		}
	}
	switch life := between(issued, exp); {
	case ok && life <= 0:
		a.add(Bad, "exp", "it expires before it becomes valid")
	case life > hugeLife:
		a.add(Warn, "exp", "it is valid for "+words(life)+"; a stolen copy works just as long")
	case life > longLife:
		a.add(Info, "exp", "it is valid for "+words(life)+", long for a token that cannot be revoked")
	}
}

// secrets reports secrets in header or claims, which are encoded and not encrypted.
func (a *auditor) secrets(lines []Line) {
	var reported []string
	for _, line := range lines {
		if line.Masked && len(reported) < maxNamed && !slices.Contains(reported, line.Name) {
			reported = append(reported, line.Name)
			a.add(Bad, line.Name, quoteName(line.Name)+" looks like a secret; anyone who sees the token can read it")
		}
	}
}

// names reports duplicate names and names that no program would choose.
func (a *auditor) names(what string, members []Member) {
	twice, odd := map[string]bool{}, 0
	for _, m := range members {
		if m.Duplicate && !twice[m.Name] && len(twice) < maxNamed {
			twice[m.Name] = true
			a.add(Warn, m.Name, "the "+what+" "+quoteName(m.Name)+" appears more than once: some programs use the first, others the last")
		}
		if !isIdentifier(m.Name) && odd < maxNamed {
			odd++
			a.add(Info, m.Name, "the "+what+" "+quoteName(m.Name)+" has an unusual name: the token may be damaged")
		}
	}
}

// isIdentifier accepts names as programs write them, and URLs, which RFC 7519 section 4.2 allows.
func isIdentifier(name string) bool {
	extra := "_-.:/@#$~"
	if strings.Contains(name, "://") {
		extra += "?&=%+,;!*'()[]"
	}
	return name != "" && strings.IndexFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(extra, r)
	}) < 0
}
