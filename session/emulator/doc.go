// Package emulator holds loopback servers that answer as real backends do:
// their errors, limits, dialects and quirks included. They serve the demo and
// the tests, so nothing in them is secret and nothing leaves the machine.
//
// Each backend is an [http.Handler] made by its constructor and served by
// [Start]:
//
//	core := emulator.NewDatarhei(emulator.DatarheiOptions{Now: time.Now})
//	l, err := emulator.Start(core)
//	defer l.Close()
//	// l.URL + "/api/login" answers now
//
// Every backend embeds [Server]: routes, tokens, and counters of logins and
// refreshes. Time comes from the Now of its options alone, which every backend
// needs; the Date header follows it, so a server whose clock is wrong is one whose
// Now is wrong.
//
// # Backends
//
// Below the listener's URL are
//
//	NewDatarhei     /api                       GET /api/v3/metadata/catalogue is large
//	NewKnack        /v1                        scene_2/view_2 is large
//	NewBackendless  /<app id>/<key> and /api   data/Orders
//	NewExpressa     /api                       listings is large
//	NewDocumented   nothing                    listings is large
//	NewRotating     nothing                    orders?limit=2000 is large
//
// # Users
//
// Without Users in its options a backend knows [DemoUsers]. Their password is
// [Password], except for zoe. All have the address <name>@example.com.
//
//	admin        may do everything
//	editor       may change things
//	viewer       may only read
//	zoe          has a password full of quotes, escapes and non-ASCII: [AwkwardPassword]
//	locked       right password, account locked
//	disabled     right password, account switched off
//	unconfirmed  right password, address not confirmed
//
// A backend that has no such state treats the last three as unknown users.
package emulator
