package uitest

import "tokenring/ui/keymap"

// Keys returns the table of keys that nobody has rebound.
func Keys() *keymap.Map {
	m, err := keymap.New(nil)
	if err != nil {
		panic(err)
	}
	return m
}
