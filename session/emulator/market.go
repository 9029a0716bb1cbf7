package emulator

import _ "embed"

// RotatingDefinition is the definition file of the Rotating backend, which is
// no built-in one: it serves as any person's own file would.
//
//go:embed market.yaml
var RotatingDefinition []byte
