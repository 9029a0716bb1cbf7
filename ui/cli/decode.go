package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
	"tokenring/ui/widget"
)

// maxToken bounds a token, in bytes.
const maxToken = 16 << 20

func newDecode(env *app.Env) *cobra.Command {
	var keyFile, source string
	var asJSON, reveal bool
	cmd := &cobra.Command{
		Use:     "decode [TOKEN|-]",
		GroupID: groupUse,
		Short:   "Decode a token without storing it",
		Long: "Shows the header, the claims in their own order, the times, and anything odd about a token.\n" +
			"Without an argument, or with -, reads standard input or asks. Prefer that: every process on\n" +
			"the machine can read arguments, and your shell keeps them in its history.\n\n" +
			"Exits with code 4 if the signature does not verify with --key or --secret.",
		Example: "  pbpaste | tokenring decode\n  tokenring decode - --key jwks.json <token.txt\n" +
			"  pbpaste | tokenring decode --secret env:JWT_SECRET",
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			raw, err := readToken(cmd.Context(), env, args)
			if err != nil {
				return err
			}
			if _, _, fault := token.Clean(raw); fault != "" {
				return app.Advise(app.Usagef("there is no single token to read: %s", fault), "copy the token alone")
			}
			d := decoded{Token: token.Parse(raw), now: env.Now(), reveal: reveal}
			if keyFile != "" || source != "" {
				d.verified = &token.Verification{Alg: d.Alg()}
				keys, err := d.keys(cmd.Context(), env, keyFile, source)
				if err != nil {
					d.verified.Reason = err.Error() // the token is shown all the same
				} else {
					*d.verified = token.Verify(raw, keys)
				}
			}
			print := d.print
			if asJSON {
				print = d.printJSON
			}
			if err := print(env.Out); err != nil {
				return err
			}
			if d.verified != nil && d.verified.Verdict != token.Valid {
				return refusedError{fmt.Errorf("the signature is not verified: %s", d.verified.Reason)}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&keyFile, "key", "", "verify the signature with a PEM, JWK or JWK set `file`")
	_ = cmd.RegisterFlagCompletionFunc("key", completeFiles)
	cmd.Flags().StringVar(&source, "secret", "", "verify the signature with the secret of a `SOURCE`, "+secretSources)
	cmd.MarkFlagsMutuallyExclusive("key", "secret")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object with the header and all claims, unmasked")
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show claims that look like secrets")
	return cmd
}

func atMostOne(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return app.Usagef("too many arguments: pass one token, which contains no spaces")
	}
	return nil
}

// readToken reads the token from the argument, standard input, or a prompt
// without echo.
func readToken(ctx context.Context, env *app.Env, args []string) (string, error) {
	if len(args) == 1 && args[0] != "-" {
		return args[0], nil
	}
	if term.Is(env.In) {
		c, err := env.Console()
		if err != nil {
			return "", err
		}
		raw, err := c.Hidden(ctx, "Token")
		return raw.Reveal(), err
	}
	raw, err := readInput(env, "-", maxToken)
	if err == nil && strings.TrimSpace(string(raw)) == "" {
		err = app.Advise(app.Usagef("standard input holds no token"), "pipe one in: tokenring decode <token.txt")
	}
	return strings.TrimRight(string(raw), "\r\n"), err
}

// decoded is a token to print.
type decoded struct {
	*token.Token
	now      time.Time
	reveal   bool
	verified *token.Verification
}

// keys reads the keys to verify the signature with, from a file or from a source of secrets.
func (d *decoded) keys(ctx context.Context, env *app.Env, file, source string) ([]token.Key, error) {
	if source != "" {
		shared, err := readSecret(ctx, env, "Secret", source)
		return []token.Key{token.SharedKey(shared)}, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return token.ParseKeys(text)
}

func (d *decoded) print(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintln(&b, d.headline())
	d.section(&b, "header", d.Header)
	d.section(&b, "claims", d.Claims)
	for _, f := range token.Audit(d.Token, d.now) {
		fmt.Fprintf(&b, "\n%s: %s", f.Level, secret.CleanLine(f.Text))
	}
	text := strings.TrimRight(b.String(), "\n") + "\n"
	_, err := io.WriteString(out, text)
	return err
}

func (d *decoded) headline() string {
	parts := []string{d.Kind.String()}
	if alg := d.Alg(); alg != "" {
		parts = append(parts, secret.CleanLine(alg))
	}
	if d.Kind == token.Opaque {
		parts = append(parts, "carries no claims")
	}
	if d.verified != nil {
		parts = append(parts, d.verified.Verdict.String())
	} else if d.Kind == token.JWS {
		parts = append(parts, "signature not verified")
	}
	if exp, ok := d.Time("exp"); ok {
		parts = append(parts, "ends "+widget.Relative(exp, d.now))
	}
	return strings.Join(parts, " · ")
}

func (d *decoded) section(b *strings.Builder, title string, members []token.Member) {
	if len(members) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	var rows [][]string
	for _, line := range token.Lines(members, nil) {
		if d.reveal {
			line = line.Reveal()
		}
		name := strings.Repeat("  ", line.Depth+1) + secret.CleanLine(line.Name)
		rows = append(rows, []string{name, secret.CleanLine(d.value(line)), secret.CleanLine(line.Note)})
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

func (d *decoded) printJSON(out io.Writer) error {
	object := map[string]any{"kind": d.Kind.String()}
	if d.Header != nil {
		object["header"] = d.Header
	}
	if d.Claims != nil {
		object["claims"] = d.Claims
	}
	if len(d.Damage) > 0 {
		object["damage"] = d.Damage
	}
	if findings := token.Audit(d.Token, d.now); len(findings) > 0 {
		texts := make([]string, len(findings))
		for i, f := range findings {
			texts[i] = f.Level.String() + ": " + f.Text
		}
		object["findings"] = texts
	}
	if d.verified != nil {
		object["signature"] = d.verified.Verdict.String()
		if d.verified.Reason != "" {
			object["signature_reason"] = d.verified.Reason
		}
	}
	return term.WriteJSON(out, object)
}
