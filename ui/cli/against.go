package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

// againstFlag adds the flag for what the claims of a token are compared with.
func againstFlag(cmd *cobra.Command, env *app.Env, against *string) {
	cmd.Flags().StringVar(against, "against", "", "compare the claims with those of the token of an `ACCOUNT`, or with ~N behind\nits name with those of its Nth session before")
	_ = cmd.RegisterFlagCompletionFunc("against", offer(completer{env}.accounts))
}

// opposite is the token to compare with.
type opposite struct {
	name   string // as a person wrote it
	token  *token.Token
	labels token.Labels
}

// readOpposite reads the token that --against names: the one of an account that has a name there, "" for the primary, or
// with ~N behind the account what it said N sessions before.
func readOpposite(ctx context.Context, r *app.Ring, text, name string) (*opposite, error) {
	account, back := text, 0
	if at := strings.LastIndex(text, "~"); at >= 0 {
		n, err := strconv.Atoi(text[at+1:])
		if _, taken := r.Accounts.Read(ctx, text); err == nil && n > 0 && errors.Is(taken, session.ErrNotFound) {
			account, back = text[:at], n
		}
	}
	found, err := r.Select(ctx, []string{account})
	if err != nil {
		return nil, err
	}
	rec, other := found[0].Record, &opposite{name: text}
	if def, err := r.Catalog.Get(rec.Account.Definition); err == nil {
		other.labels = def.Claims
	}
	if back == 0 {
		other.token, err = r.Credentials.Decode(ctx, rec, name)
	} else {
		other.token, err = earlierToken(ctx, r, rec, name, back)
	}
	if err != nil {
		return nil, named(account, err)
	}
	return other, nil
}

// earlierToken returns the claims that a token had so many sessions before.
func earlierToken(ctx context.Context, r *app.Ring, rec *session.Record, name string, back int) (*token.Token, error) {
	earlier, err := r.Credentials.Earlier(ctx, rec, name)
	if err != nil {
		return nil, err
	}
	if len(earlier) < back {
		err = errors.New("no earlier claims are kept that differ from those of now")
		if len(earlier) > 0 {
			err = fmt.Errorf("earlier claims are kept of %s only", prose.Count(len(earlier), "session"))
		}
		return nil, app.Advise(err, "each login or refresh keeps those of the session that it begins, for the last five")
	}
	return earlier[back-1].Token, nil
}

// comparison holds the differences between a token and its opposite.
type comparison struct {
	Against string         `json:"against"`
	Changes []token.Change `json:"changes"`
}

// compare compares a newer token with the opposite.
func (o *opposite) compare(newer *token.Token) *comparison {
	return &comparison{o.name, append([]token.Change{}, token.Diff(o.token, newer, o.labels)...)}
}

// write prints the changes as a table.
func (c *comparison) write(out io.Writer) error {
	if _, err := fmt.Fprintf(out, "against %s\n", secret.CleanLine(c.Against)); err != nil {
		return err
	}
	rows := make([][]string, 0, len(c.Changes)+1)
	for i := range c.Changes {
		one := &c.Changes[i]
		rows = append(rows, []string{"  " + one.Name, one.How, one.Text(time.Local)})
	}
	if len(rows) == 0 {
		rows = append(rows, []string{"  all claims are the same"})
	}
	return term.WriteTable(out, rows)
}
