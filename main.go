// Command tokenring is a key ring for API tokens: it holds a
// developer's accounts on every backend, keeps their sessions alive, decodes
// and copies their tokens, and sends test requests with them.
package main

import (
	"os"

	"tokenring/ui/cli"
)

func main() {
	os.Exit(cli.Main())
}
