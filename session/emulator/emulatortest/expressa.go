package emulatortest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"tokenring/session/emulator"
)

// StartExpressa runs Expressa and returns its base URL, which ends in /api. Its database
// holds only the active emulator.DemoUsers.
func StartExpressa(t testing.TB) (baseURL string) {
	t.Helper()
	url := Expressa.Start(t) + "/api"
	if err := setUp(url); err != nil {
		t.Fatalf("real Expressa: setting up: %v", err)
	}
	return url
}

// setUp does the same as the first visit to the admin page: it installs every module
// and registers the administrator. Then it registers the other users.
func setUp(baseURL string) error {
	err := post(baseURL+"/install", map[string]any{
		"modules": []string{"collections", "core", "logging", "permissions", "access_keys"},
		"settings": map[string]any{
			"user_storage": "file", "enforce_permissions": true, "jwt_expire_on_password_change": true,
		},
	})
	for _, u := range emulator.DemoUsers() {
		if err != nil {
			return err
		}
		if u.State != emulator.Active {
			continue
		}
		user := map[string]any{"email": u.Email, "password": u.Password, "fullName": u.FullName}
		if u.Is("admin") {
			user["roles"] = []string{"Admin"}
		}
		err = post(baseURL+"/users/register", user)
	}
	return err
}

func post(url string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	resp, err := http.Post(url, "application/json", bytes.NewReader(data))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	return nil
}
