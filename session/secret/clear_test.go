package secret_test

import (
	"strings"
	"testing"

	"tokenring/session/secret"
)

func TestMaskPath(t *testing.T) {
	t.Parallel()
	const h = secret.Hidden
	for path, want := range map[string]string{
		"": "", "/": "/", "/v3/process": "/v3/process", "/users/${.user_id}": "/users/${.user_id}", "/${.path | ltrimstr(\"/\")}": "/${.path | ltrimstr(\"/\")}",
		"/bot7123456789:AAHk3vT9xQ2mWzE5rY8uI1oP4aS6dF7gH0j/getMe":                   "/bot" + h + "/getMe",
		"/bot7123456789:AAHkabcdefghijklmnopqrstuvwxyzABCDE/getMe":                   "/bot" + h + "/getMe",
		"/services/T02ABCDEF/B03GHIJKL/x8Kq2LmZ9vRtYw4PnBs7HdJc":                     "/services/T02ABCDEF/B03GHIJKL/" + h,
		"/api/webhooks/123456789012345678/a1B2c3D4e5F6g7H8i9J0k1L2m3N4":              "/api/webhooks/123456789012345678/" + h,
		"/users/3f2504e0-4f89-11d3-9a0c-0305e82c3301":                                "/users/3f2504e0-4f89-11d3-9a0c-0305e82c3301",
		"/28066942-8273-4BE6-AAD4-A19F34948E11/DCBACAA6-EF5B-49AA-8013-7BDF7A3A9A6B": "/28066942-8273-4BE6-AAD4-A19F34948E11/" + h,
		"https://api.example.com/DCBACAA6-EF5B-49AA-8013-7BDF7A3A9A6B/users/login":   "https://api.example.com/" + h + "/users/login",
		"https://h/x/eyJhbGciOiJub25lIn0.e30./y":                                     "https://h/x/" + h + "/y",
		"/x/eyJhbGciOiJub25lIn0%2Ee30%2E":                                            "/x/" + h,
		"/ghp_0123456789abcdefghij/x?token=ghp_0123456789abcdefghij&a=b":             "/" + h + "/x?token=" + h + "&a=b",
		"/login/password/Winter2024!":                                                "/login/password/" + h, "/password/hunter2/x": "/password/" + h + "/x", "/u/pwd/Summer%202024": "/u/pwd/" + h,
		"/login/jane:Winter2024!/x": "/login/jane:" + h + "/x", "/x/jane:Winter2024%21": "/x/jane:" + h, "/login/jane:hunter2": "/login/jane:" + h,
		"/login/jane/hunter2": "/login/jane/" + h, "/signin/Winter2024!": "/signin/" + h, "/pin/1234": "/pin/" + h, "/reset/token/aB3dE5fG7h": "/reset/token/" + h,
		"/login/oauth2/authorize": "/login/oauth2/authorize", "/login/oauth/access_token": "/login/oauth/access_token", "/password/reset": "/password/reset",
		"/auth/realms/shop-2/protocol": "/auth/realms/shop-2/protocol", "/password/reset.php": "/password/reset.php", "/token/v2/x1": "/token/v2/x1", "/tokens/a1b2c3d4e5": "/tokens/a1b2c3d4e5",
		"/v1/secret/data/app1": "/v1/secret/data/app1", "/namespaces/x/secrets/db-1": "/namespaces/x/secrets/db-1", "/login/${.a}/${.b1}": "/login/${.a}/${.b1}",
		"/models/gpt-4:generateContent": "/models/gpt-4:generateContent", "/image/app:v1.2.3": "/image/app:v1.2.3", "/login/saml2/idp1": "/login/saml2/idp1", "/login/sso/acme-1": "/login/sso/acme-1", "/forgot-password/step1": "/forgot-password/step1", "https://localhost:8080/a1": "https://localhost:8080/a1",
		"http://127.0.0.1:8080/api/log":                                "http://127.0.0.1:8080/api/log",
		"/" + strings.Repeat("a:", 100) + "ghp_0123456789abcdefghij:b": "/" + strings.Repeat("a:", 100) + h + ":b", // too long for one secret
	} {
		got := secret.MaskPath(path)
		if got != want {
			t.Errorf("MaskPath(%q) = %q, want %q", path, got, want)
		}
		if again := secret.MaskPath(got); again != got {
			t.Errorf("masked twice: %q", again)
		}
	}
}

func TestClearHidesWhatItKnows(t *testing.T) {
	t.Parallel()
	const h = secret.Hidden
	c := secret.NewClear(secret.New("Winter2024!"), secret.New("datarhei"), secret.New("p@ss wörd 1"), secret.New("x1"))
	for text, want := range map[string]string{
		"login as Winter2024!": "login as " + h, "post datarhei-core": "post datarhei-core", "x1": "x1", "about": "about",
		"call bot7123456789:AAHk3vT9xQ2mWzE5rY8uI1oP4aS6dF7gH0j": "call bot" + h, "see /a/ghp_0123456789abcdefghij": "see /a/" + h,
	} {
		if got := c.Text(text); got != want {
			t.Errorf("Text(%q) = %q, want %q", text, got, want)
		}
	}
	for path, want := range map[string]string{
		"/u/Winter2024!/x": "/u/" + h + "/x", "/u/Winter2024%21/x": "/u/" + h + "/x", "/u/p%40ss%20w%C3%B6rd%201": "/u/" + h, "/datarhei/x1": "/datarhei/x1",
	} {
		if got := c.Path(path); got != want {
			t.Errorf("Path(%q) = %q, want %q", path, got, want)
		}
	}
	for text, knows := range map[string]bool{`{"a":"Winter2024\u0021"}`: true, "name: V2ludGVyMjAyNCE=": true, "datarhei": false} {
		if c.Knows(text) != knows {
			t.Errorf("Knows(%q) = %v", text, !knows)
		}
	}
	var none *secret.Clear
	if none.Knows("x") || none.Text("plain") != "plain" || none.Path("/x/ghp_0123456789abcdefghij") != "/x/"+h {
		t.Error("a check that knows nothing")
	}
	for text, may := range map[string]bool{"/v3/process": false, "about": false, "/users/1234": false, "/x/Winter2024!": true, "/a-b-c-d": true, "/wörd": true} {
		if secret.MayHold(text) != may {
			t.Errorf("MayHold(%q) = %v", text, !may)
		}
	}
}
