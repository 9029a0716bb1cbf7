package vault

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"tokenring/session"
)

func memoryVault(t testing.TB) *Vault {
	t.Helper()
	v, err := Open(t.Context(), Options{Memory: true})
	check(t, err)
	return v
}

func TestSealedValueOpensForWhatItWasSealedFor(t *testing.T) {
	t.Parallel()
	v := memoryVault(t)
	for _, plain := range []string{"", "x", strings.Repeat("long ", 100_000)} {
		s := seal(t, v, cms, plain)
		if s.Name != cms.Name || s.Origin != cms.Origin ||
			!slices.Equal(s.Origins, []string{"https://a.example:443", "https://b.example:443"}) {
			t.Errorf("sealed as %q for %q and %q", s.Name, s.Origin, s.Origins)
		}
		if len(plain) > 4 && bytes.Contains(s.Box, []byte(plain[:4])) {
			t.Error("the box shows what is in it")
		}
		wantOpens(t, v, cms, s, plain)
	}
	if a, b := seal(t, v, cms, "x"), seal(t, v, cms, "x"); bytes.Equal(a.Box, b.Box) {
		t.Error("the same value gives the same box twice")
	}
}

func TestOriginsDecide(t *testing.T) {
	t.Parallel()
	v := memoryVault(t)
	s := seal(t, v, cms, "x")
	for _, c := range []struct {
		name    string
		origin  string
		origins []string
		want    *session.OriginError
	}{
		{"the same", cms.Origin, cms.Origins, nil},
		{"in another order", cms.Origin, []string{"https://a.example:443", "https://b.example:443"}, nil},
		{"a narrowed list", cms.Origin, []string{"https://a.example:443"}, nil},
		{"no list", cms.Origin, nil, nil},
		{"its own origin in the list", cms.Origin, []string{cms.Origin}, nil},
		{"a widened list", cms.Origin, []string{"https://a.example:443", "https://evil.example:443"},
			&session.OriginError{Was: cms.Origin, Is: cms.Origin, Widened: []string{"https://evil.example:443"}}},
		{"another host", "https://evil.example:443", nil,
			&session.OriginError{Was: cms.Origin, Is: "https://evil.example:443"}},
		{"another port", "https://cms.example:8443", nil,
			&session.OriginError{Was: cms.Origin, Is: "https://cms.example:8443"}},
		{"another scheme", "http://cms.example:443", nil,
			&session.OriginError{Was: cms.Origin, Is: "http://cms.example:443"}},
		{"one of the further origins", "https://a.example:443", nil,
			&session.OriginError{Was: cms.Origin, Is: "https://a.example:443"}},
	} {
		b := cms
		b.Origin, b.Origins = c.origin, c.origins
		plain, err := v.Open(b, s)
		if c.want == nil {
			if err != nil || string(plain) != "x" {
				t.Errorf("%s: %q, %v", c.name, plain, err)
			}
			continue
		}
		var got *session.OriginError
		if !errors.As(err, &got) || got.Was != c.want.Was || got.Is != c.want.Is || !slices.Equal(got.Widened, c.want.Widened) {
			t.Errorf("%s: %#v, want %#v", c.name, err, c.want)
		}
		if plain != nil {
			t.Errorf("%s: the value was given away", c.name)
		}
	}
}

func TestTamperedValuesAreDamaged(t *testing.T) {
	t.Parallel()
	v := memoryVault(t)
	s := seal(t, v, cms, "x")
	for i := range s.Box {
		for bit := range 8 {
			broken := s
			broken.Box = bytes.Clone(s.Box)
			broken.Box[i] ^= 1 << bit
			_, err := v.Open(cms, broken)
			wantErr(t, err, session.ErrSealDamaged)
		}
	}
	for n := range s.Box {
		broken := s
		broken.Box = s.Box[:n]
		_, err := v.Open(cms, broken)
		wantErr(t, err, session.ErrSealDamaged)
	}
	// The clear parts are authenticated too, and no part of them can move
	// into its neighbour.
	for name, tamper := range map[string]func(*session.Sealed, *session.Binding){
		"origin": func(s *session.Sealed, b *session.Binding) { s.Origin, b.Origin = "https://evil:1", "https://evil:1" },
		"list widened": func(s *session.Sealed, _ *session.Binding) {
			s.Origins = append(slices.Clone(s.Origins), "https://evil:1")
		},
		"list narrowed":         func(s *session.Sealed, _ *session.Binding) { s.Origins = s.Origins[:1] },
		"list in another order": func(s *session.Sealed, _ *session.Binding) { s.Origins = []string{s.Origins[1], s.Origins[0]} },
		"list joined":           func(s *session.Sealed, _ *session.Binding) { s.Origins = []string{strings.Join(s.Origins, "")} },
		"list begun earlier": func(s *session.Sealed, b *session.Binding) {
			b.Name, b.Origin = s.Name, s.Name
			s.Origins = append([]string{s.Origin}, s.Origins...)
			s.Origin = s.Name
		},
		"another name":     func(s *session.Sealed, b *session.Binding) { s.Name, b.Name = "token:refresh", "token:refresh" },
		"asked by another": func(_ *session.Sealed, b *session.Binding) { b.Name = "token:refresh" },
		"another account":  func(_ *session.Sealed, b *session.Binding) { b.AccountID = "a2" },
		"shifted account": func(s *session.Sealed, b *session.Binding) {
			b.AccountID += s.Name[:1]
			b.Name, s.Name = s.Name[1:], s.Name[1:]
		},
	} {
		broken, b := s, cms
		tamper(&broken, &b)
		if plain, err := v.Open(b, broken); err != session.ErrSealDamaged || plain != nil {
			t.Errorf("%s: opened %q, %v", name, plain, err)
		}
	}
}

func TestRowsSwappedBetweenAccountsDoNotOpen(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	v := w.chosen(t, session.WayKeyring)
	for _, id := range []string{"admin", "guest"} {
		b := cms
		b.AccountID = id
		s := seal(t, v, b, "password of "+id)
		check(t, w.store.PutAccount(ctx, &session.Account{ID: id, Name: id}, []session.Sealed{s}))
	}
	stolen, err := w.store.Sealed(ctx, "admin", "")
	check(t, err)
	check(t, w.store.PutAccount(ctx, &session.Account{ID: "guest", Name: "guest"}, stolen))

	moved, err := w.store.Sealed(ctx, "guest", "")
	check(t, err)
	b := cms
	b.AccountID = "guest"
	_, err = v.Open(b, moved[0])
	wantErr(t, err, session.ErrSealDamaged)
	b.AccountID = "admin"
	wantOpens(t, v, b, moved[0], "password of admin")
}

func TestValuesOfAnotherKeySayThatTheyAre(t *testing.T) {
	t.Parallel()
	s := seal(t, memoryVault(t), cms, "x")
	_, err := memoryVault(t).Open(cms, s)
	wantErr(t, err, session.ErrSealDamaged)
	if !strings.Contains(err.Error(), "another key") {
		t.Errorf("%q does not say why", err)
	}
}

func TestSealingIsXChaCha20Poly1305(t *testing.T) {
	t.Parallel()
	key, nonce := bytes.Repeat([]byte{7}, keySize), []byte("abcdefghijklmnopqrstuvwx")
	plain, bound := []byte("what is sealed"), []byte("what it is bound to")
	aead, err := chacha20poly1305.NewX(key)
	check(t, err)
	want := aead.Seal(nil, nonce, plain, bound)

	aead, short, err := xchacha((*[keySize]byte)(key), nonce)
	check(t, err)
	if got := aead.Seal(nil, short, plain, bound); !bytes.Equal(got, want) {
		t.Errorf("sealed  %x\nnot     %x", got, want)
	}
	back, err := aead.Open(nil, short, want, bound)
	if err != nil || !bytes.Equal(back, plain) {
		t.Errorf("opened %q, error %v", back, err)
	}
}

func TestJoinPartsIsUnambiguous(t *testing.T) {
	t.Parallel()
	seen := map[string][]string{}
	for _, parts := range [][]string{
		nil, {""}, {"", ""}, {"a"}, {"a", ""}, {"", "a"}, {"a", "b"}, {"ab"}, {"ab", ""}, {"\x01a"}, {"\x01", "a"},
		{strings.Repeat("x", 127)}, {strings.Repeat("x", 128)}, {strings.Repeat("x", 127), "x"},
	} {
		text := string(joinParts(parts...))
		if other, ok := seen[text]; ok {
			t.Errorf("%q and %q give the same bytes", parts, other)
		}
		seen[text] = parts
	}
}

func FuzzOpen(f *testing.F) {
	v := memoryVault(f)
	s := seal(f, v, cms, "the secret")
	f.Add(s.Box, s.Origin, "a1")
	f.Add([]byte{boxVersion}, "", "")
	f.Add(make([]byte, boxLeast), s.Origin, "a1")
	f.Fuzz(func(t *testing.T, box []byte, origin, account string) {
		b := cms
		b.AccountID = account
		plain, err := v.Open(b, session.Sealed{Name: cms.Name, Origin: origin, Origins: s.Origins, Box: box})
		genuine := bytes.Equal(box, s.Box) && origin == s.Origin && account == "a1"
		if genuine != (err == nil) {
			t.Errorf("opened %q, %v", plain, err)
		}
		if err != nil && (plain != nil || !errors.Is(err, session.ErrSealDamaged)) {
			t.Errorf("opened %q, %v", plain, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	v := memoryVault(b)
	token := bytes.Repeat([]byte("x"), 1000)
	for b.Loop() {
		_, err := v.Seal(cms, token)
		check(b, err)
	}
}

func BenchmarkOpen(b *testing.B) {
	v := memoryVault(b)
	s := seal(b, v, cms, strings.Repeat("x", 1000))
	for b.Loop() {
		_, err := v.Open(cms, s)
		check(b, err)
	}
}

func BenchmarkPassphrase(b *testing.B) {
	w := newFixture(b)
	o := w.options()
	o.Argon = DefaultArgon()
	v, err := Open(b.Context(), o)
	check(b, err)
	check(b, v.Choose(b.Context(), session.WayPassphrase, pass))
	for b.Loop() {
		v.Lock()
		check(b, v.Unlock(b.Context(), pass))
	}
}
