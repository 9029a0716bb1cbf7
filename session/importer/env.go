package importer

import (
	"strings"

	"tokenring/session/secret"
)

var envLine = pattern(`(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*)$`)

// dotenv refuses a .env file, which does not say what its variables are for.
// The hint shows how an account reads the first one that holds a secret.
func dotenv(at place, src string) error {
	name := "API_TOKEN"
	for _, m := range envLine().FindAllStringSubmatch(src, -1) {
		if value := strings.Trim(m[2], "\"' \r"); secret.SecretName(m[1]) || secret.LooksSecret(value) || secret.HighEntropy(value) {
			name = m[1]
			break
		}
	}
	return fault(at, "export the variable and let an account read it: tokenring add NAME --backend token --set address=URL --ref pasted=env:"+name,
		"a .env file does not say which API its variables belong to")
}
