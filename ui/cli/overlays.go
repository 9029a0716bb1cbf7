package cli

import (
	"path/filepath"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui"
	"tokenring/ui/cli/app"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/screen/addtosuite"
	"tokenring/ui/screen/compare"
	"tokenring/ui/screen/confirm"
	"tokenring/ui/screen/copymenu"
	"tokenring/ui/screen/decode"
	"tokenring/ui/screen/editor"
	"tokenring/ui/screen/form"
	"tokenring/ui/screen/help"
	"tokenring/ui/screen/login"
	"tokenring/ui/screen/matrix"
	"tokenring/ui/screen/palette"
	"tokenring/ui/screen/pickaccount"
	"tokenring/ui/screen/requests"
	"tokenring/ui/screen/response"
	"tokenring/ui/screen/vault"
	"tokenring/ui/screen/welcome"
)

// overlays are the screens that the root opens and does not know, and those
// that open each other through it.
func overlays(env *app.Env, r *app.Ring) ui.Overlays {
	firing := firing(env, r)
	where := places(r)
	return ui.Overlays{
		Add:      func(c *screen.Context) screen.Overlay { return form.New(c) },
		Edit:     func(c *screen.Context, s *session.Snapshot) screen.Overlay { return form.Edit(c, s) },
		Login:    func(c *screen.Context, s *session.Snapshot) screen.Overlay { return login.New(c, s) },
		CopyMenu: func(c *screen.Context, s *session.Snapshot) screen.Overlay { return copymenu.New(c, s) },
		Confirm:  ask,
		Vault:    func(c *screen.Context, s session.VaultStatus) screen.Overlay { return vault.New(c, s) },
		Decode: func(c *screen.Context) screen.Overlay {
			return decode.New(c, func(token secret.String) screen.Overlay { return form.FromToken(c, token) })
		},
		Palette: func(c *screen.Context, hints []keymap.Hint, all []session.Snapshot) screen.Overlay {
			return palette.New(c, hints, all)
		},
		Help: func(c *screen.Context, hints []keymap.Hint) screen.Overlay { return help.New(c, hints, where) },
		Matrix: func(c *screen.Context, current *session.Snapshot, marked []session.Snapshot) screen.Overlay {
			return matrix.New(c, firing, offers(r, current, marked))
		},
		Requests: func(c *screen.Context) screen.Pane { return requests.New(c, firing) },
		Welcome:  func(c *screen.Context) screen.Screen { return welcome.New(c, where.Store) },
	}
}

// places tell where the ring's files lie. The demo has no settings.
func places(r *app.Ring) help.Places {
	p := help.Places{Store: r.Store.Dir(), Backends: r.Options.Backends, Version: version()}
	if !r.Options.Memory {
		p.Config = filepath.Join(filepath.Dir(r.Options.Backends), "config.yaml")
	}
	return p
}

func ask(c *screen.Context, q screen.Question) screen.Overlay { return confirm.New(c, q) }

// firing is what the screens of test requests open of each other.
func firing(env *app.Env, r *app.Ring) *requestui.Root {
	return &requestui.Root{
		Ask:    ask,
		Getenv: env.Getenv,
		Response: func(c *screen.Context, root *requestui.Root, s requestui.OpenRequest) screen.Overlay {
			return response.New(c, root, s)
		},
		Editor: func(c *screen.Context, root *requestui.Root, d requestui.RequestForm) screen.Overlay {
			return editor.New(c, root, d)
		},
		Whom: func(c *screen.Context, was requestui.Side, chosen func(requestui.Side) tea.Cmd) screen.Overlay {
			return pickaccount.New(c, was, chosen)
		},
		Compare: func(c *screen.Context, root *requestui.Root, p requestui.Pair) screen.Overlay {
			return compare.New(c, root, p)
		},
		Keep: func(c *screen.Context, own *session.Snapshot, spec *request.Spec) screen.Overlay {
			return addtosuite.New(c, folder{env, r}, own, *spec)
		},
	}
}
