package requests_test

import (
	"fmt"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/request"
)

func TestGolden(t *testing.T) {
	t.Parallel()
	scenes := map[string]func(*fixture){
		"list": func(b *fixture) {
			b.save(&request.Spec{Name: "echo", Method: "DELETE", Target: "/echo", Follow: true})
			b.to("me")
			b.Press("t", "esc")
			b.to("orders")
			b.Press("t", "esc")
			b.Advance(3 * time.Minute)
			b.Press("home")
		},
		"response": func(b *fixture) { b.to("orders"); b.Press("t") },
		"request":  func(b *fixture) { b.to("new order"); b.Press("t", "tab", "tab") },
		"headers":  func(b *fixture) { b.to("me"); b.Press("t", "H") },
		"search":   func(b *fixture) { b.to("orders"); b.Press("t", "/"); b.Type("chair"); b.Advance(time.Second) },
		"jq": func(b *fixture) {
			b.to("orders")
			b.Press("t", "f")
			b.Type(".orders | map(.id)[:3]")
			b.Advance(time.Second)
		},
		"editor": func(b *fixture) {
			b.to("new order")
			b.Press("e")
		},
		"wrong": func(b *fixture) {
			b.to("new order")
			b.Press("e", "tab", "tab", "tab", "tab", "tab", "tab")
			b.Paste(`{"a": 1,}`)
		},
		"curl": func(b *fixture) { b.to("me"); b.Press("c") },
	}
	for name, act := range scenes {
		for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 18}} {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				b := newFixture(t, session.GuardNone, size[0], size[1])
				act(b)
				b.Fits()
				b.clean()
				b.GoldenOverlay()
			})
		}
	}
}
