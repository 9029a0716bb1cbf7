package jq_test

import (
	"strings"
	"testing"

	"tokenring/session/jq"
	"tokenring/session/secret"
)

func TestASketchIsReadable(t *testing.T) {
	t.Parallel()
	const canary = "canary-9f2c"
	scope := jq.Scope{
		"app_id": "5523139f", "hidden": secret.Hidden, "address": "https://api.example.com/", "page": 2, "empty": "", "none": nil,
		"token": secret.New(canary),
	}
	for src, want := range map[string]string{
		"":                                      "",
		"/me":                                   "/me",
		"/applications/${.app_id}/session":      "/applications/5523139f/session",
		`${.address | rtrimstr("/")}/v1`:        "https://api.example.com/v1",
		"/pages/${.page}":                       "/pages/2",
		"/check/${.token}":                      "/check/{token}",
		`/check/${.app_id + .token}`:            "/check/{token}",
		`/check/${.["to" + "ken"]}`:             "/check/{…}",
		`/check/${. | tojson}`:                  "/check/{…}",
		`/check/${.app_id + (. | tojson)}/last`: "/check/5523139f" + `{"address":"https://api.example.com/","app_id":"5523139f","empty":"","none":null,"page":2}` + "/last",
		`/${if .none == null then "all" else .none end}`:       "/all",
		`/${if .unheard == null then "all" else .unheard end}`: "/{unheard}",
		"/things/${.vars.id}/${.vars.part | tostring}":         "/things/{id}/{part}",
		"/with/${.hidden}":                "/with/{hidden}",
		"/${.empty}/${.none}/${.unheard}": "/{empty}/{none}/{unheard}",
		"/costs/$${x}/${uuid}":            "/costs/${x}/{…}",
		"/broken/${.app_id | tonumber}":   "/broken/{app_id}",
	} {
		tmpl, err := jq.ParseTemplate(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		got := tmpl.Sketch(t.Context(), scope)
		if got != want {
			t.Errorf("%s gives %q, want %q", src, got, want)
		}
		if strings.Contains(got, canary) {
			t.Errorf("%s shows the secret", src)
		}
	}
}
