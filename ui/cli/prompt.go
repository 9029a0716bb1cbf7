package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// defaultPrompt is the default of --format.
const defaultPrompt = "{sign} {account} {environment} {left}"

const promptHelp = `Prints one account, its environment and the time its token has left, for the prompt
of a shell: "● admin@edge staging 9m". It needs no key and no network, and prints
nothing if there is no account or no ring.

The account is the one named, else that of $TOKENRING_ACCOUNT, else the default of the
folder's tokenring.yaml.

bash, in ~/.bashrc:

  PS1='$(tokenring prompt --shell bash)'" $PS1"

zsh, in ~/.zshrc:

  setopt prompt_subst
  RPROMPT='$(tokenring prompt --shell zsh)'

fish, in ~/.config/fish/functions/fish_right_prompt.fish:

  function fish_right_prompt
      tokenring prompt --shell fish
  end

starship, in ~/.config/starship.toml:

  [custom.tokenring]
  command = "tokenring prompt --shell starship"
  when = true
  format = "[$output]($style) "

--format takes {sign}, {account}, {environment}, {left} and {state}; an empty value is
removed with the space before it. --shell colours sign and time by the state, in a way
that lets the shell count columns; NO_COLOR and --no-color turn the colours off.`

func newPrompt(env *app.Env) *cobra.Command {
	var p prompt
	cmd := &cobra.Command{
		Use:               "prompt [ACCOUNT]",
		GroupID:           groupProgram,
		Short:             "Print the state of an account for a shell prompt",
		Long:              promptHelp,
		Example:           "  tokenring prompt\n  tokenring prompt admin@edge --format '{account} {left}'",
		Args:              takes(cobra.MaximumNArgs(1)),
		ValidArgsFunction: offer(single(completer{env}.accounts)),
		RunE:              func(cmd *cobra.Command, args []string) error { return p.run(cmd.Context(), env, args) },
	}
	cmd.Flags().StringVar(&p.format, "format", defaultPrompt, "the text to print, with {placeholders}")
	cmd.Flags().StringVar(&p.shell, "shell", "", "add colours for bash, zsh, fish or starship")
	completeWords(cmd, "shell", "bash", "zsh", "fish", "starship")
	return cmd
}

// promptAccount returns the name of the account to show, or "".
func promptAccount(env *app.Env, args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	if name := env.Getenv(app.AccountVariable); name != "" {
		return name
	}
	// It acts as no account, and an approval takes a key to read; a stranger's file
	// is left out.
	if p, err := env.Project(); err == nil && p != nil && p.Owner == "" {
		return p.Default
	}
	return ""
}

// prompt holds the flags of the prompt.
type prompt struct{ format, shell string }

// run prints the segment, or nothing if there is no account.
func (p *prompt) run(ctx context.Context, env *app.Env, args []string) error {
	if err := p.check(); err != nil {
		return app.Usage(err)
	}
	name := promptAccount(env, args)
	if _, exists := env.RingDir(); name == "" || !exists {
		return nil
	}
	r, err := env.Open(ctx)
	if err != nil {
		return nil // other commands report it
	}
	r.UnlockByVariable(ctx)
	account, err := r.Accounts.Find(ctx, name)
	if err == nil {
		_, err = io.WriteString(env.Out, p.segment(env, &account)+"\n")
	} else {
		err = nil
	}
	return errors.Join(err, r.Close())
}

// promptShell holds the marks around characters of no width, and a replacer of
// the characters that a shell would expand.
type promptShell struct {
	before, after string
	special       *strings.Replacer
}

// shellOf returns the rules of a shell; ok is false for an unknown one.
func shellOf(name string) (s promptShell, ok bool) {
	switch name {
	case "bash": // what \[ and \] stand for; in a PS1 in double quotes text would be expanded
		return promptShell{"\x01", "\x02", strings.NewReplacer("$", "_", "`", "_", `\`, "_", "!", "_")}, true
	case "zsh":
		return promptShell{"%{", "%}", strings.NewReplacer("%", "%%", "$", "_", "`", "_", `\`, "_", "!", "_")}, true
	case "fish", "starship", "": // they detect escape sequences themselves
		return promptShell{}, true
	}
	return promptShell{}, false
}

func (p *prompt) check() error {
	if _, ok := shellOf(p.shell); !ok {
		return fmt.Errorf("--shell must be bash, zsh, fish or starship, not %q", secret.CleanLine(p.shell))
	}
	rest := p.format
	for _, name := range []string{"sign", "account", "environment", "left", "state"} {
		rest = strings.ReplaceAll(rest, "{"+name+"}", "")
	}
	if strings.ContainsAny(rest, "{}") {
		return errors.New("--format takes {sign}, {account}, {environment}, {left} and {state}")
	}
	return nil
}

// segment returns the prompt's text for an account.
func (p *prompt) segment(env *app.Env, a *session.Snapshot) string {
	state := a.StateAt(env.Now())
	open, sign := theme.Shell(state)
	text, word := "", string(state)
	switch end, known := a.End(a.Session.Primary(), env.Now()); {
	case a.Changed:
		text, word = "changed", "changed"
		open, sign = theme.Shell(session.StateFailed)
	case state == session.StateExpired, state == session.StateNeedsLogin, state == session.StateNoSession, state == session.StateNotYet,
		state == session.StateFailed && !known:
		text = word
	case known && a.Session.Primary().AtLeast():
		text = "≥" + widget.UntilRoughly(end, env.Now())
	case known:
		text = widget.UntilRoughly(end, env.Now())
	}
	if env.ASCII() {
		sign, text = theme.ASCII(sign), theme.ASCII(text)
	}
	shell, _ := shellOf(p.shell)
	colour := func(text string) string {
		if text == "" || p.shell == "" || env.Colourless() {
			return text
		}
		return shell.before + open + shell.after + text + shell.before + theme.ShellEnd + shell.after
	}
	plain := func(text string) string {
		if text = secret.CleanLine(text); shell.special != nil {
			text = shell.special.Replace(text)
		}
		return text
	}
	return fill(p.format, map[string]string{
		"sign": colour(sign), "account": plain(a.Account.Name), "environment": plain(a.Account.Environment),
		"left": colour(text), "state": colour(word),
	})
}

// fill puts values into a format; an empty one removes the space before it.
func fill(format string, values map[string]string) string {
	for name, value := range values {
		if value == "" {
			format = strings.ReplaceAll(format, " {"+name+"}", "")
		}
	}
	pairs := make([]string, 0, 2*len(values))
	for name, value := range values {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(format)
}
