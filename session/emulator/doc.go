// Package emulator holds loopback servers that answer like real backends, with their
// errors, limits, dialects and quirks. They serve the demo and the tests: nothing in
// them is secret, and nothing leaves the machine.
//
// Each backend is an [http.Handler] with a constructor. [Start] serves it:
//
//	core := emulator.NewDatarhei(emulator.DatarheiOptions{Now: time.Now})
//	l, err := emulator.Start(core)
//	defer l.Close()
//	// l.URL + "/api/login" answers now
//
// Every backend embeds [Server]: routes, tokens, and counters of logins and
// refreshes. It takes the time only from the Now of its constructor, also for the Date
// header: a wrong Now makes a server with a wrong clock.
//
// # Backends
//
// Below the listener's URL are
//
//	NewDatarhei     /api
//	NewKnack        /v1                        scene_2/view_2 is large
//	NewBackendless  /<app id>/<key> and /api   data/Orders
//	NewExpressa     /api                       listings is large
//	NewDocumented   nothing                    listings is large
//	NewRotating     nothing                    orders?limit=2000 is large
//
// # Users
//
// A backend without Users in its options has [DemoUsers]. Their password is
// [Password], except for zoe, and their address <name>@example.com.
//
//	admin        has all rights
//	editor       may read and change
//	viewer       may only read
//	zoe          has a password full of quotes, escapes and non-ASCII: [AwkwardPassword]
//	locked       right password, but the account is locked
//	disabled     right password, but the account is disabled
//	unconfirmed  right password, but the address is not confirmed
//
// A backend without such a state treats the last three as unknown users.
package emulator
