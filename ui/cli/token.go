package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/session/token"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

func newToken(env *app.Env) *cobra.Command {
	p := &printToken{env: env}
	cmd := &cobra.Command{
		Use:     "token [ACCOUNT [NAME]]",
		GroupID: groupUse,
		Short:   "Print a valid token, refreshing it first if needed",
		Long: "Prints the account's token, or the named one. Refreshes a session that is about to expire, under\n" +
			"its lock, and reports that on standard error. Warns there if the server rejected the token last,\n" +
			"or if nothing can renew it any more. Never prints a token that is expired or not yet valid. Prefer\n" +
			"tokenring exec, which shows the token to one program only.",
		Example: "  curl -H @<(tokenring token admin@edge --header) https://edge.example.com/api\n" +
			"  tokenring token admin@edge --min-ttl 5m | pbcopy\n" +
			"  tokenring token admin@edge refresh --claims\n" +
			"  tokenring token admin@edge --against admin@edge~1    # what the last refresh changed",
		Args:              takes(cobra.MaximumNArgs(2)),
		ValidArgsFunction: offer(completer{env}.tokens),
		PreRunE:           oneOf("header curl claims json", "header curl claims against"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := filled(cmd, "against"); err != nil {
				return err
			}
			named := args[:min(1, len(args))]
			names, err := env.Names(named)
			if err != nil {
				return err
			}
			args = append(args, "", "")
			return env.With(cmd.Context(), func(r *app.Ring) error {
				if err := r.Approved(cmd.Context(), named); err != nil {
					return err
				}
				return p.print(cmd.Context(), r, names, args[1])
			})
		},
	}
	f := cmd.Flags()
	tokenFlags(cmd, env, &p.minTTL)
	f.BoolVar(&p.header, "header", false, "print the header lines that a request carries")
	f.BoolVar(&p.curl, "curl", false, "print a curl command with the token in clear")
	f.BoolVar(&p.claims, "claims", false, "print the claims as JSON")
	jsonFlag(cmd, env, "print a JSON object with the token and its expiry, or of --against")
	againstFlag(cmd, env, &p.against)
	return cmd
}

// tokenFlags adds the flags of commands that print tokens or hand them on. minTTL is the time
// that a token must still be valid.
func tokenFlags(cmd *cobra.Command, env *app.Env, minTTL *time.Duration) {
	cmd.Flags().Var(&span{to: minTTL}, "min-ttl", "refresh first if the token expires within this time (default: only when it is about to expire)")
	waitFlag(cmd, env)
	trustFlag(cmd, env)
}

// printToken prints a token, or the parts of it that the flags select.
type printToken struct {
	env                  *app.Env
	minTTL               time.Duration
	header, curl, claims bool
	against              string // see readOpposite; or ""
}

// print prints a token of the one account in names. It has a fast path for the
// usual case, a primary token that is still valid.
func (p *printToken) print(ctx context.Context, r *app.Ring, names []string, name string) error {
	if name == "" && !p.header && !p.curl && !p.claims && !p.env.JSON && p.against == "" {
		if value, ok := p.validToken(ctx, r, names[0]); ok {
			return p.env.Print(value.Reveal() + "\n")
		}
	}
	accounts, err := r.Select(ctx, names)
	if err != nil {
		return err
	}
	return p.run(ctx, r, &accounts[0], name)
}

// validToken returns the primary token of an account if it is still valid. It
// reads no definition and reports no errors; run does.
func (p *printToken) validToken(ctx context.Context, r *app.Ring, name string) (value secret.String, ok bool) {
	rec, err := r.Accounts.Read(ctx, name)
	if err != nil || !rec.Lives(p.env.Now(), p.minTTL) || rec.Notice(p.env.Now(), time.Local) != "" || !rec.Session.Pending.IsZero() {
		return value, false
	}
	value, err = r.Credentials.Token(ctx, rec, "")
	return value, err == nil
}

func (p *printToken) run(ctx context.Context, r *app.Ring, s *session.Snapshot, name string) error {
	if name != "" && (p.header || p.curl) {
		return app.Usagef("the account's attach mode selects the token of a request; leave out the token's name")
	}
	value, after, err := openToken(ctx, p.env, r, s, name, p.minTTL)
	if err != nil {
		return err
	}
	text := value.Reveal()
	switch {
	case p.against != "":
		return p.compare(ctx, r, token.Parse(text), name)
	case p.claims:
		claims, err := token.Parse(text).ClaimsJSON()
		if err != nil {
			return named(s.Account.Name, err)
		}
		return p.env.Print(string(claims))
	case p.header:
		attached, attachErr := r.Requests.Attached(ctx, after.Record)
		text, err = attached.Lines(), attachErr
	case p.curl:
		value, _, err = r.Requests.Curl(ctx, suite.IdentityOf(&after.Account), &request.Spec{}, true)
		text = value.Reveal()
	case p.env.JSON:
		return term.WriteJSON(p.env.Out, p.object(&after, name, value))
	}
	if err != nil {
		return named(s.Account.Name, err)
	}
	return p.env.Print(text + "\n")
}

// compare prints what differs between a token and the one that --against names.
func (p *printToken) compare(ctx context.Context, r *app.Ring, t *token.Token, name string) error {
	other, err := readOpposite(ctx, r, p.against, name)
	if err != nil {
		return err
	}
	if p.env.JSON {
		return term.WriteJSON(p.env.Out, other.compare(t))
	}
	return other.compare(t).write(p.env.Out)
}

// tokenDocument is a token as --json prints it.
type tokenDocument struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	Token   string `json:"token"`
	BaseURL string `json:"base_url"`
	expiry
}

func (p *printToken) object(s *session.Snapshot, name string, value secret.String) tokenDocument {
	t := s.Session.Primary()
	if name != "" {
		t = s.Session.Token(name)
	}
	return tokenDocument{
		Account: s.Account.Name, Name: t.Name, Token: value.Reveal(), BaseURL: s.Account.BaseURL, expiry: expiryOf(s, t, p.env.Now()),
	}
}

// ensureToken refreshes an account unless the token of its requests is valid for minTTL more,
// and reports that on standard error.
func ensureToken(ctx context.Context, env *app.Env, r *app.Ring, s *session.Snapshot, minTTL time.Duration) (session.Snapshot, error) {
	after, err := r.Snapshot(r.Sessions.Ensure(ctx, s.Record, minTTL))
	if err != nil {
		return after, named(s.Account.Name, err)
	}
	notifyRenewal(env, s, &after)
	if notice := after.Notice(env.Now(), time.Local); notice != "" {
		env.Notify("%s: %s", s.Account.Name, notice)
	}
	left, known := after.Left(env.Now())
	if known && left <= 0 {
		return after, expiredToken(&after, after.Session.Primary().Name)
	}
	if known && left < minTTL {
		env.Notify("%s: a new token of this server is valid for only %s", s.Account.Name, life(&after, env.Now()))
	}
	return after, nil
}

func notifyRenewal(env *app.Env, before, after *session.Snapshot) {
	// Answers that bring new tokens are no renewal.
	if before.Session == nil || before.Session.Refreshes != after.Session.Refreshes || !before.Session.Started.Equal(after.Session.Started) {
		env.Notify("%s: %s%s", after.Account.Name, renewal(before, after), remaining(env, after))
	}
}

func expiredToken(s *session.Snapshot, name string) error {
	return &session.NeedsLoginError{Account: s.Account.Name, Reason: "its " + session.TokenName(name) + " has expired"}
}

// openToken returns a valid token of the account, "" for the one that its
// requests carry, and refreshes the session first if needed.
func openToken(ctx context.Context, env *app.Env, r *app.Ring, s *session.Snapshot, name string, minTTL time.Duration) (secret.String, session.Snapshot, error) {
	var after session.Snapshot
	var err error
	if primary := s.Session.Primary(); name == "" || primary != nil && primary.Name == name {
		name = ""
		after, err = ensureToken(ctx, env, r, s, minTTL)
	} else {
		after, err = ensureOther(ctx, env, r, s, name, minTTL)
	}
	if err != nil {
		return secret.String{}, after, err
	}
	value, err := r.Credentials.Token(ctx, after.Record, name)
	return value, after, err
}

// ensureOther does what ensureToken does for a token that requests do not carry.
func ensureOther(ctx context.Context, env *app.Env, r *app.Ring, s *session.Snapshot, name string, minTTL time.Duration) (session.Snapshot, error) {
	after := *s
	if t := s.Session.Token(name); t != nil || s.Session.Primary() == nil {
		left, known := s.TokenLeft(t, env.Now())
		if t != nil && !s.Session.Over() && (!known || left > minTTL) {
			return after, after.NotYetValid(t, env.Now())
		}
		var err error
		if after, err = r.Snapshot(r.Sessions.Refresh(ctx, s.Record, nil)); err != nil {
			return after, named(s.Account.Name, err)
		}
		notifyRenewal(env, s, &after)
	}
	t := after.Session.Token(name)
	if t == nil {
		return after, noSuchToken(&after, name)
	}
	if left, known := after.TokenLeft(t, env.Now()); known && left <= 0 {
		return after, expiredToken(&after, name)
	}
	return after, after.NotYetValid(t, env.Now())
}

func noSuchToken(s *session.Snapshot, name string) error {
	err := app.Usagef("%s has no token %q", s.Account.Name, secret.CleanLine(name))
	var names []string
	for _, t := range s.Session.Tokens {
		names = append(names, t.Name)
	}
	if len(names) == 0 {
		return err
	}
	return app.Advise(err, "it has %s", strings.Join(names, ", "))
}
