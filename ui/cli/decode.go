package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session/draft"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
	"tokenring/ui/clipboard"
	"tokenring/ui/widget"
)

// decodeOptions select how tokens are shown, and what they are held against.
type decodeOptions struct {
	key, secret string // a file, or a source of secrets
	failOn      string // "", "warning" or "bad"
	against     string // see readOpposite; or ""
	issuer      bool   // ask the token's for its keys
	issuerOf    string // ask this account's for its keys; or ""
	clipboard   bool
	reveal      bool
}

// verifies reports whether signatures are to be verified.
func (o *decodeOptions) verifies() bool {
	return o.key != "" || o.secret != "" || o.issuer || o.issuerOf != ""
}

func newDecode(env *app.Env) *cobra.Command {
	var o decodeOptions
	cmd := &cobra.Command{
		Use:     "decode [TEXT|-]",
		GroupID: groupUse,
		Short:   "Explain tokens without storing them",
		Long: "Finds the tokens in a text, such as a header, a JSON answer, a curl command or a log, and shows for\n" +
			"each its kind, header, claims in their own order, times, and anything odd about it.\n" +
			"For the JSON answer of a login, names the backends that answer like that.\n" +
			"Without an argument, or with -, reads standard input or asks. Prefer that, or --clipboard: every\n" +
			"process on the machine can read arguments, and your shell keeps them in its history.\n\n" +
			"Exits with code 1 if there is no token or no key, 4 if a signature does not verify with a flag\n" +
			"that names its keys, and 5 if there is a finding of the level of --fail-on.",
		Example: "  tokenring decode --clipboard\n  tokenring decode - --key jwks.json <token.txt\n" +
			"  tokenring decode --clipboard --secret env:JWT_SECRET\n" +
			"  tokenring token me@work | tokenring decode --issuer-of me@work",
		Args:    atMostOne,
		PreRunE: oneOf("key secret issuer issuer-of"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := filled(cmd, "key", "secret", "issuer-of", "fail-on", "against"); err != nil {
				return err
			}
			if _, known := failLevels[o.failOn]; o.failOn != "" && !known {
				return app.Usagef("--fail-on %q is neither warning nor bad", o.failOn)
			}
			if o.clipboard && len(args) > 0 {
				return app.Usagef("pass a text or --clipboard, not both")
			}
			if o.secret == fromStdin && !o.clipboard && (len(args) == 0 || args[0] == "-") && !term.Is(env.In) {
				return app.Usagef("the token and the secret cannot both come from standard input")
			}
			raw, err := readToken(cmd.Context(), env, args, o.clipboard)
			if err != nil {
				return err
			}
			return decode(cmd.Context(), env, raw, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.key, "key", "", "verify the signature with a PEM, JWK or JWK set: a `FILE`, or the https address of one")
	_ = cmd.RegisterFlagCompletionFunc("key", completeFiles)
	f.StringVar(&o.secret, "secret", "", "verify the signature with the secret of a `SOURCE`, "+secretSources)
	f.BoolVar(&o.issuer, "issuer", false, "verify the signature with the keys that the token's issuer publishes")
	f.StringVar(&o.issuerOf, "issuer-of", "", "verify the signature with the keys that the issuer of an `ACCOUNT` publishes,\nover the account's own connection")
	_ = cmd.RegisterFlagCompletionFunc("issuer-of", offer(completer{env}.accounts))
	f.StringVar(&o.failOn, "fail-on", "", "fail if there is a finding of this `LEVEL` or a worse one: warning or bad")
	completeWords(cmd, "fail-on", "warning", "bad")
	againstFlag(cmd, env, &o.against)
	f.BoolVar(&o.clipboard, "clipboard", false, "read the text from the clipboard")
	jsonFlag(cmd, env, "print a JSON object with the header and all claims, unmasked")
	f.BoolVar(&o.reveal, "reveal", false, "show claims that look like secrets")
	return cmd
}

var failLevels = map[string]token.Level{"warning": token.Warn, "bad": token.Bad}

// decode shows the tokens of a text.
func decode(ctx context.Context, env *app.Env, raw string, o decodeOptions) error {
	found, err := token.Find(raw)
	if err != nil {
		return app.Advise(err, "copy the token alone")
	}
	with := newVerifier(ctx, env, o)
	all := make([]decoded, len(found))
	for i, one := range found {
		text := one.Text.Reveal()
		d := decoded{Token: token.Parse(text), name: one.Name, now: env.Now(), reveal: o.reveal}
		d.findings = token.Audit(d.Token, d.now)
		if o.verifies() {
			d.verified = with.verify(ctx, text, d.Token)
		}
		all[i] = d
	}
	if o.against != "" {
		if err := compareWith(ctx, env, o.against, all); err != nil {
			return err
		}
	}
	if err := printDecoded(env, all); err != nil {
		return err
	}
	suggestBackend(env, raw)
	if o.verifies() {
		if err := unverified(all); err != nil {
			return err
		}
	}
	for i := range all {
		for _, f := range all[i].findings {
			if o.failOn != "" && f.Level >= failLevels[o.failOn] {
				return unmetError{fmt.Errorf("finding of level %s: %s", f.Level, secret.CleanLine(f.Text))}
			}
		}
	}
	return nil
}

// suggestBackend names the backends of a text that is the answer of a login, and how to add an account of the likeliest.
func suggestBackend(env *app.Env, text string) {
	if !strings.Contains(text, "{") {
		return
	}
	fits := draft.Backends(text, env.Catalog().List())
	if len(fits) == 0 {
		return
	}
	names := make([]string, len(fits))
	for i, d := range fits {
		names[i] = d.Definition
	}
	add := "tokenring add --backend " + app.ShellWord(names[0])
	for _, field := range slices.Sorted(maps.Keys(fits[0].Values)) {
		add += " --set " + app.ShellWord(field+"="+fits[0].Values[field])
	}
	env.Notify("The text reads like the answer of a login to %s.", strings.Join(names, ", "))
	env.Notify("→ %s", add)
}

// compareWith compares tokens with the one that --against names.
func compareWith(ctx context.Context, env *app.Env, against string, all []decoded) error {
	return env.With(ctx, func(r *app.Ring) error {
		other, err := readOpposite(ctx, r, against, "")
		if err != nil {
			return err
		}
		for i := range all {
			all[i].comparison = other.compare(all[i].Token)
		}
		return nil
	})
}

func atMostOne(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return app.Usagef("too many arguments: pass one token, which contains no spaces")
	}
	return nil
}

// readToken reads a text from the argument, the clipboard, standard input, or a prompt without echo.
func readToken(ctx context.Context, env *app.Env, args []string, fromClipboard bool) (string, error) {
	switch {
	case fromClipboard:
		text, err := clipboard.New(env.Getenv).Read(ctx)
		if err == nil && text.IsZero() {
			err = errors.New("the clipboard holds no text")
		}
		if err != nil {
			err = app.Advise(err, "pipe the text in: tokenring decode <token.txt")
		}
		return text.Reveal(), err
	case len(args) == 1 && args[0] != "-":
		return args[0], nil
	case term.Is(env.In):
		c, err := env.Console()
		if err != nil {
			return "", err
		}
		raw, err := c.Hidden(ctx, "Token")
		return raw.Reveal(), err
	}
	raw, err := readInput(env, "-", token.MaxText)
	if err == nil && strings.TrimSpace(string(raw)) == "" {
		err = app.Advise(errors.New("standard input holds no token"), "pipe one in: tokenring decode <token.txt")
	}
	return strings.TrimRight(string(raw), "\r\n"), err
}

// decoded is a token to print.
type decoded struct {
	*token.Token
	name       string // what calls it in the text that it was found in
	now        time.Time
	reveal     bool
	findings   []token.Finding
	verified   *verification
	comparison *comparison // with the token that --against names; nil: none
}

// printDecoded prints tokens one after the other; in JSON one object, or a list of those of a text with several.
func printDecoded(env *app.Env, all []decoded) error {
	if env.JSON && len(all) == 1 {
		return term.WriteJSON(env.Out, all[0].object())
	}
	if env.JSON {
		objects := make([]map[string]any, len(all))
		for i := range all {
			objects[i] = all[i].object()
		}
		return term.WriteJSON(env.Out, map[string]any{"tokens": objects})
	}
	texts := make([]string, len(all))
	for i := range all {
		texts[i] = all[i].text()
	}
	_, err := io.WriteString(env.Out, strings.Join(texts, "\n"))
	return err
}

func (d *decoded) text() string {
	var b strings.Builder
	if d.name != "" {
		fmt.Fprintf(&b, "%s: ", secret.CleanLine(d.name))
	}
	fmt.Fprintln(&b, d.headline())
	d.section(&b, "in clear", d.Facts)
	d.section(&b, "header", token.Lines(d.Header, nil))
	d.section(&b, "claims", token.Lines(d.Claims, nil))
	if d.comparison != nil {
		b.WriteByte('\n')
		_ = d.comparison.write(&b) // a strings.Builder does not fail
	}
	for _, f := range d.findings {
		fmt.Fprintf(&b, "\n%s: %s", f.Level, secret.CleanLine(f.Text))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func (d *decoded) headline() string {
	parts := []string{d.Name()}
	if alg := d.Alg(); alg != "" {
		parts = append(parts, secret.CleanLine(alg))
	}
	if why := d.Unreadable(); why != "" {
		parts = append(parts, why)
	}
	if d.verified != nil {
		parts = append(parts, d.verified.String())
		if d.verified.Which > 0 {
			parts = append(parts, fmt.Sprintf("signature %d, %s", d.verified.Which, secret.CleanLine(d.verified.Alg)))
		}
		if d.verified.From != "" {
			parts = append(parts, "keys of "+d.verified.From)
		}
	} else if d.Kind == token.JWS {
		parts = append(parts, token.Unchecked.String())
	}
	if exp, ok := d.Expiry(); ok {
		verb := "ends "
		if exp.Before(d.now) {
			verb = "ended "
		}
		parts = append(parts, verb+widget.Relative(exp, d.now))
	}
	return strings.Join(parts, " · ")
}

func (d *decoded) section(b *strings.Builder, title string, lines []token.Line) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	var rows [][]string
	for _, line := range lines {
		if d.reveal {
			line = line.Reveal()
		}
		name := strings.Repeat("  ", line.Depth+1) + line.Name
		rows = append(rows, []string{name, d.value(line), line.Note})
	}
	_ = term.WriteTable(b, rows) // a strings.Builder does not fail
}

func (d *decoded) value(line token.Line) string {
	if line.Kind == token.Time && !line.At.IsZero() {
		return fmt.Sprintf("%s  %s  %s", line.Raw, widget.Date(line.At, time.Local), widget.Relative(line.At, d.now))
	}
	if line.Kind == token.Duration {
		return line.Raw + "  " + line.Value
	}
	return line.Value
}

func (d *decoded) object() map[string]any {
	object := map[string]any{"kind": d.Kind.String()}
	if d.name != "" {
		object["name"] = d.name
	}
	if d.Format != "" {
		object["format"] = d.Format
	}
	if len(d.Facts) > 0 {
		facts := map[string]string{}
		for _, line := range d.Facts {
			if facts[line.Name] != "" { // such as the caveats of a macaroon
				facts[line.Name] += "; "
			}
			facts[line.Name] += line.Reveal().Value
		}
		object["in_clear"] = facts
	}
	if d.Header != nil {
		object["header"] = d.Header
	}
	if d.Claims != nil {
		object["claims"] = d.Claims
	}
	if len(d.Damage) > 0 {
		object["damage"] = d.Damage
	}
	if len(d.findings) > 0 {
		texts := make([]string, len(d.findings))
		for i, f := range d.findings {
			texts[i] = f.Level.String() + ": " + f.Text
		}
		object["findings"] = texts
	}
	if d.comparison != nil {
		object["against"], object["changes"] = d.comparison.Against, d.comparison.Changes
	}
	if d.verified != nil {
		object["signature"] = d.verified.Verdict.String()
		if d.verified.Reason != "" {
			object["signature_reason"] = d.verified.Reason
		}
		if d.verified.From != "" {
			object["keys"] = d.verified.From
		}
	}
	return object
}
