package cli

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store/vault"
	"tokenring/ui/cli/app"
)

// history lists and opens what was sent.
type history struct {
	env     *app.Env
	account string
	failed  bool
	limit   int
	show    printOptions
}

func newHistory(env *app.Env) *cobra.Command {
	h := &history{env: env}
	cmd := &cobra.Command{
		Use:        "history [ID]",
		GroupID:    groupUse,
		SuggestFor: []string{"runs", "log"},
		Short:      "List the requests that were sent, or open one",
		Long: "Lists the requests that were sent, by tokenring request, in the screen and in suites, the newest\n" +
			"first. With the ID of one, or the beginning of it, prints its answer as tokenring request does,\n" +
			"and sends nothing.",
		Example: "  tokenring history --account admin@edge --failed\n  tokenring history 5f2c81d0 -i",
		Args:    takes(cobra.MaximumNArgs(1)),
		PreRunE: oneOf("include json filter"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := filled(cmd, "account", "filter"); err != nil {
				return err
			}
			if h.limit < 1 {
				return app.Usagef("--limit must be at least 1")
			}
			if len(args) == 1 {
				for _, name := range []string{"account", "failed", "limit"} {
					if cmd.Flags().Changed(name) {
						return app.Usagef("--%s is for the list, not for an ID", name)
					}
				}
				return h.open(cmd.Context(), args[0])
			}
			if h.show.include || h.show.filter != "" || h.show.raw {
				return app.Usagef("name the request to open: tokenring history ID")
			}
			return h.list(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&h.account, "account", "a", "", "only what was sent to the address of this `account`")
	f.BoolVar(&h.failed, "failed", false, "only what failed its expectation or was refused")
	f.IntVar(&h.limit, "limit", 50, "how many to list")
	h.show.flags(cmd, env)
	f.Lookup("json").Usage = "print a JSON array, or the whole run as a JSON object"
	_ = cmd.RegisterFlagCompletionFunc("account", offer(completer{env}.accounts))
	return cmd
}

// listedRun is a run as history --json prints it.
type listedRun struct {
	ID           string    `json:"id"`
	At           time.Time `json:"at"`
	Account      string    `json:"account"`
	As           string    `json:"as,omitempty"` // who sent it in place of the account
	Request      string    `json:"request,omitempty"`
	Method       string    `json:"method"`
	Target       string    `json:"target"`
	Status       int       `json:"status"` // 0: no answer
	Milliseconds int64     `json:"ms"`
	Size         int64     `json:"size"`
	Verdict      string    `json:"verdict,omitempty"`
}

func (h *history) list(ctx context.Context) error {
	return h.env.With(ctx, func(r *app.Ring) error {
		q := session.RunQuery{Failed: h.failed, Limit: h.limit}
		if h.account != "" {
			var err error
			if q.AccountID, err = r.IDOf(ctx, h.account); err != nil {
				return err
			}
		}
		session.OpenVault(ctx, r.Vault, vault.Patience) // shows where each was sent, if that needs no person
		runs, err := r.Requests.Runs(ctx, q)
		if err != nil {
			return err
		}
		names, err := accountNames(ctx, r, runs)
		if err != nil {
			return err
		}
		all := []listedRun{}
		for i := range runs {
			one := &runs[i]
			target := one.Target
			if target == "" || target == session.SealedText {
				target = session.SketchTarget(one.Path, nil)
			}
			all = append(all, listedRun{
				ID: one.ID, At: one.At.UTC(), Account: names[one.AccountID], As: one.As, Request: one.Name, Method: cmp.Or(one.Method, "GET"), Target: target,
				Status: one.Status, Milliseconds: one.Duration.Milliseconds(), Size: one.Size, Verdict: one.Verdict,
			})
		}
		switch {
		case len(all) > 0 || h.env.JSON:
		case h.account != "" || h.failed:
			h.env.Notify("No request matches.")
		default:
			h.env.Notify("Nothing was sent yet.")
		}
		return h.env.Data(all, historyRows(all, h.env.Now()))
	})
}

// accountNames returns the names of the accounts of runs by their IDs.
func accountNames(ctx context.Context, r *app.Ring, runs []session.RunRecord) (map[string]string, error) {
	names := map[string]string{}
	for i := range runs {
		id := runs[i].AccountID
		if _, ok := names[id]; ok {
			continue
		}
		rec, err := r.Accounts.Record(ctx, id)
		if session.IgnoreNotFound(err) != nil {
			return nil, err
		}
		names[id] = ""
		if rec != nil {
			names[id] = rec.Account.Name
		}
	}
	return names, nil
}

// shortID is the length of the beginning of an ID that lists show.
const shortID = 8

func historyRows(all []listedRun, now time.Time) [][]string {
	rows := make([][]string, 0, len(all))
	for i := range all {
		one := &all[i]
		at, status := one.At.Local(), "no answer"
		when := at.Format("15:04:05")
		if at.Format(time.DateOnly) != now.Local().Format(time.DateOnly) {
			when = at.Format("2006-01-02 15:04")
		}
		if one.Status != 0 {
			status = strconv.Itoa(one.Status)
		}
		who := one.Account
		if one.As != "" {
			who += " as " + one.As
		}
		rows = append(rows, []string{one.ID[:min(len(one.ID), shortID)], when, who, status, one.Verdict, one.Method + " " + one.Target, one.Request})
	}
	return rows
}

// open prints the answer of a run.
func (h *history) open(ctx context.Context, id string) error {
	if err := h.show.check(); err != nil {
		return err
	}
	return h.env.With(ctx, func(r *app.Ring) error {
		if err := r.Unlock(ctx); err != nil {
			return err
		}
		id, err := wholeID(ctx, r, id)
		if err != nil {
			return err
		}
		run, err := r.Requests.Run(ctx, id)
		if err != nil {
			return err
		}
		if run.Status == 0 && !h.env.JSON {
			h.env.Notify("%s", run.Summary())
		}
		if text := cmp.Or(run.Why, run.Next); text != "" && !h.env.JSON {
			defer h.env.Notify("%s", text)
		}
		return h.show.print(ctx, h.env, run)
	})
}

// wholeID returns the ID that begins with the given text.
func wholeID(ctx context.Context, r *app.Ring, begin string) (string, error) {
	runs, err := r.Requests.Runs(ctx, session.RunQuery{Begin: begin, Limit: 2})
	switch {
	case err != nil:
		return "", err
	case len(runs) > 1 && begin != "":
		return "", app.Usagef("several requests begin with %s; write more of the ID", secret.CleanLine(begin))
	case len(runs) == 0 || begin == "":
		return "", app.Advise(app.Usage(errors.New("the history has no request "+strconv.Quote(secret.CleanLine(begin)))), "see them with: tokenring history")
	}
	return runs[0].ID, nil
}
