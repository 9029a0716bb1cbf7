// Command tokenring is a key ring for API tokens: it holds the accounts a
// developer has on every backend, keeps their sessions alive, shows what each
// token says, copies it, and fires test requests with it.
package main

import (
	"os"

	"tokenring/ui/cli"
)

func main() {
	os.Exit(cli.Main())
}
