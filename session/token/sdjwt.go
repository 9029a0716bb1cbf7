package token

import (
	"bytes"
	"cmp"
	"crypto"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"tokenring/session/prose"
)

// readSDJWT reads a JWT with selective disclosure (RFC 9901): a JWT, disclosures with a tilde after each, and a JWT that
// binds a key, or nothing. The claims are shown as the holder discloses them (section 7.1).
func readSDJWT(t *Token, s string) bool {
	issued, rest, ok := strings.Cut(s, "~")
	if !ok || strings.Count(issued, ".") != 2 {
		return false
	}
	if t.Segments = 3; !t.readCompact(issued) || t.Kind != JWS {
		return false
	}
	parts := strings.SplitN(rest, "~", maxLines+1)
	binding := parts[len(parts)-1]
	alg := cmp.Or(t.Claims.text("_sd_alg"), "sha-256")
	d := disclosures{token: t, found: map[string]*disclosure{}, hash: digests[alg]}
	if d.hash == 0 {
		t.damaged("its disclosures are named by the hash " + quoteName(alg) + ", which is not supported")
		return true
	}
	if strings.Contains(binding, "~") {
		t.damaged("it has more than " + strconv.Itoa(maxLines) + " disclosures, of which the first are read")
		binding = ""
	}
	for i, part := range parts[:len(parts)-1] {
		d.add(i, part)
	}
	t.Claims = d.object(t.Claims, 0)
	t.fact("disclosed", prose.Count(d.disclosed, "claim"))
	if d.hidden > 0 {
		t.fact("hidden", prose.Count(d.hidden, "claim")+", or decoys")
	}
	for i, one := range d.order {
		if one != nil && !one.used {
			t.damaged("disclosure " + strconv.Itoa(i+1) + " belongs to no digest of the token: verifiers refuse it (RFC 9901 section 7.1)")
		}
	}
	if binding != "" {
		d.binding(binding, s[:len(s)-len(binding)])
	}
	return true
}

// disclosures are those of one token.
type disclosures struct {
	token  *Token
	found  map[string]*disclosure // by digest
	order  []*disclosure          // nil: one that cannot be read
	hash   crypto.Hash
	hidden int // digests without a disclosure

	disclosed int
}

// A disclosure is a claim, or an element of a list, that the holder shows.
type disclosure struct {
	name  string // "" for an element
	value json.RawMessage
	used  bool
}

func (d *disclosures) add(i int, part string) {
	data, err := base64.RawURLEncoding.DecodeString(part)
	var items []json.RawMessage
	d.order = append(d.order, nil)
	if err != nil || json.Unmarshal(data, &items) != nil || len(items) != 2 && len(items) != 3 {
		d.token.damaged("disclosure " + strconv.Itoa(i+1) + " is not base64url of a JSON list of two or three")
		return
	}
	one := &disclosure{value: items[len(items)-1]}
	if len(items) == 3 {
		one.name, _ = text(items[1])
		if one.name == "" || one.name == "_sd" || one.name == "..." {
			d.token.damaged("disclosure " + strconv.Itoa(i+1) + " has no name that a claim may have")
			return
		}
	}
	d.found[d.digest(part)], d.order[i] = one, one
}

// digests are the hashes that "_sd_alg" may name (RFC 9901 section 4.1.1).
var digests = map[string]crypto.Hash{"sha-256": crypto.SHA256, "sha-384": crypto.SHA384, "sha-512": crypto.SHA512}

// digest returns the name of a disclosure, the hash of its text.
func (d *disclosures) digest(disclosure string) string {
	h := d.hash.New()
	_, _ = io.WriteString(h, disclosure) // it does not fail
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// object puts the disclosed claims of an object after its own.
func (d *disclosures) object(all Members, depth int) Members {
	var out Members
	var hidden []string
	names := map[string]bool{}
	for _, m := range all {
		switch names[m.Name] = true; {
		case m.Name == "_sd":
			_ = json.Unmarshal(m.Raw, &hidden) // anything else discloses nothing
		case m.Name == "_sd_alg" && depth == 0:
		default:
			m.Raw = d.value(m.Raw, depth+1)
			out = append(out, m)
		}
	}
	for _, digest := range hidden {
		one := d.use(digest)
		switch {
		case one == nil:
		case one.name == "" || names[one.name]:
			d.token.damaged("a disclosure does not fit the place of its digest, or repeats a claim (RFC 9901 section 7.1)")
		default:
			names[one.name] = true
			out = append(out, Member{Name: one.name, Raw: d.value(one.value, depth+1)})
		}
	}
	return out
}

// use returns the disclosure of a digest, or nil. Each is used once.
func (d *disclosures) use(digest string) *disclosure {
	one := d.found[digest]
	switch {
	case one == nil:
		d.hidden++
		return nil
	case one.used:
		d.token.damaged("a digest is in the token twice (RFC 9901 section 7.1)")
		return nil
	}
	one.used = true
	d.disclosed++
	return one
}

// value discloses inside objects and lists.
func (d *disclosures) value(raw json.RawMessage, depth int) json.RawMessage {
	if depth > maxNested {
		return raw
	}
	switch raw[0] {
	case '{':
		all, problem := members(raw)
		if problem != "" {
			return raw
		}
		out, _ := d.object(all, depth).MarshalJSON() // it cannot fail
		return out
	case '[':
		var kept [][]byte
		for item := range elements(raw) {
			var hidden map[string]string
			if json.Unmarshal(item, &hidden) == nil && len(hidden) == 1 && hidden["..."] != "" {
				one := d.use(hidden["..."])
				if one == nil {
					continue
				}
				item = one.value
			}
			kept = append(kept, d.value(item, depth+1))
		}
		return slices.Concat([]byte("["), bytes.Join(kept, []byte(",")), []byte("]"))
	}
	return raw
}

// binding reads the JWT that proves who presents the token (section 4.3).
func (d *disclosures) binding(binding, before string) {
	var kb Token
	kb.Segments = strings.Count(binding, ".") + 1
	if !kb.readCompact(binding) || kb.Kind != JWS {
		d.token.damaged("what follows the last tilde is no JWT that binds a key (RFC 9901 section 4.3)")
		return
	}
	d.token.fact("presented to", kb.Claims.text("aud"))
	if at, ok := kb.Time("iat"); ok {
		d.token.moment("presented at", at.Unix())
	}
	if kb.Claims.text("sd_hash") != d.digest(before) {
		d.token.damaged(`"sd_hash" of the key binding is not that of this presentation: verifiers refuse it (RFC 9901 section 4.3)`)
	}
}
