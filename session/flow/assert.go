package flow

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/certificate"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// sign makes the JWT of a step. It captures a token of the definition; any other JWT is only
// for this flow.
func (x *run) sign(ctx context.Context, st *stepResult, s *definition.Sign) error {
	if s == nil || !x.holds(ctx, s.When) {
		return nil
	}
	if err := x.builder().resolve(ctx, s.Reads); err != nil {
		return err
	}
	scope := x.scopeWith(ctx, jq.Scope{"now": int(x.runner.now().Add(x.offset).Unix())})
	signer, err := signer(ctx, s, scope)
	if err != nil {
		return err
	}
	alg, err := algorithm(ctx, s, scope, signer)
	if err != nil {
		return err
	}
	var parts [2]map[string]any
	for i, tree := range []*jq.Tree{s.Header, s.Claims} {
		if tree == nil {
			continue
		}
		v, err := tree.Value(ctx, scope)
		if err != nil {
			return broken(err)
		}
		parts[i], _ = v.(map[string]any)
	}
	text, err := signer.Sign(alg, parts[0], parts[1])
	if err != nil {
		return unsigned(err.Error(), "enter another key")
	}
	if fault := signer.Fault(alg); fault != "" && !slices.Contains(x.notes, fault) {
		x.notes = append(x.notes, fault)
	}
	x.learn()
	if !slices.Contains(x.def.TokenNames(), s.Name) {
		x.answers[s.Name] = secret.New(text)
		return nil
	}
	_, err = x.store(&definition.Capture{Name: s.Name}, text, nil)
	return err
}

// unsigned returns the Failure of a JWT that cannot be signed.
func unsigned(reason, next string) error {
	return explained(session.BadConfig, "", "nothing can be signed: "+reason, next)
}

// signer returns the key of a step.
func signer(ctx context.Context, s *definition.Sign, scope jq.Scope) (token.Signer, error) {
	v, err := s.Key.Value(ctx, scope)
	if err != nil {
		return token.Signer{}, broken(err)
	}
	text, _ := captureText(v)
	if text == "" {
		return token.Signer{}, unsigned("the key is missing", "edit the account and enter it")
	}
	as, _, err := s.As.Text(ctx, scope)
	if err != nil {
		return token.Signer{}, broken(err)
	}
	data := []byte(text)
	bare := strings.Join(strings.Fields(text), "")
	switch as {
	case "hex":
		data, err = hex.DecodeString(bare)
	case "base64":
		data, err = token.DecodeBase64(bare)
	}
	if err != nil {
		return token.Signer{}, unsigned("the key is not "+as, "enter it again, as the server showed it")
	}
	signer, err := certificate.Signer(data)
	if fault, ok := errors.AsType[*certificate.Error](err); ok {
		return signer, unsigned(fault.Text, fault.Hint)
	}
	return signer, err
}

// algorithm returns the algorithm of a step that fits its key.
func algorithm(ctx context.Context, s *definition.Sign, scope jq.Scope, signer token.Signer) (string, error) {
	v, err := s.Alg.Value(ctx, scope)
	if err != nil {
		return "", broken(err)
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	var names []string
	for _, one := range list {
		if name, ok := one.(string); ok && slices.Contains(token.SignAlgorithms(), name) {
			names = append(names, name)
		}
	}
	alg := signer.Algorithm(names)
	switch {
	case len(names) == 0:
		return "", unsigned("the algorithm is unknown", "name one: "+strings.Join(token.SignAlgorithms(), ", "))
	case alg == "":
		return "", unsigned(strings.Join(names, " or ")+" does not fit the key, which is "+signer.Kind(), "enter a key that fits, or name another algorithm")
	}
	return alg, nil
}
