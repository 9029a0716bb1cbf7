package definition

import (
	"regexp"
	"strings"
	"testing"
)

// TestTheTemplate parses the template as it is, and again with the parts that are
// commented out.
func TestTheTemplate(t *testing.T) {
	text := Template("shop")
	d, err := Parse("shop.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "shop" || d.Title != "Shop" || len(d.Logins) != 1 || d.Refresh == nil || d.Check == nil {
		t.Errorf("%+v", d)
	}
	if _, err := Parse("Shop!.yaml", Template("Shop!")); err == nil {
		t.Error("a name that is none was taken")
	}
	optional := regexp.MustCompile(`(?m)^( *)# ((?:- \{|docs:|headers:|origins:|alive:|tokens:|logout:|  access:|  steps:|    - request).*)$`)
	all := optional.ReplaceAllString(string(text), "$1$2")
	if strings.Count(all, "\n# ") >= strings.Count(string(text), "\n# ") {
		t.Fatal("nothing was taken out of its comment")
	}
	all = strings.NewReplacer("  #   - {", "      - {", "\n    # - {when", "\n      - {when").Replace(all)
	d, err = Parse("shop.yaml", []byte(all))
	if err != nil {
		t.Fatal(err)
	}
	if d.Logout == nil || len(d.Attach) != 3 || len(d.Fields) != 3 || len(d.Tokens) != 1 || len(d.Logins[0].Steps) != 3 {
		t.Errorf("%+v", d)
	}
}
