package keymap

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// older are the names that terminals without a protocol for keys have for some keys:
// there, they send the same byte.
var older = map[string]rune{"ctrl+[": tea.KeyEscape, "ctrl+i": tea.KeyTab, "ctrl+m": tea.KeyEnter, "ctrl+j": tea.KeyEnter}

// section is a heading of help and README, and the scope of the bindings below it.
type section struct {
	group string
	scope Scope
}

// The sections.
var (
	everywhere = section{"Everywhere", Global}
	moving     = section{"Moving", List}
	list       = section{"Accounts", Accounts}
	accounts   = section{"Accounts", Global}
	account    = section{"The account", Account}
	tabs       = section{"Tabs and claims", Tabs}
	claims     = section{"Tabs and claims", Claims}
	claim      = section{"Tabs and claims", Claim}
	pasted     = section{"A pasted token", Pasted}
	requests   = section{"Requests", Requests}
	response   = section{"Response", Response}
	matrix     = section{"Matrix", Grid}
	compare    = section{"Two responses", Compare}
	editor     = section{"Request editor", Editor}
	form       = section{"Forms and dialogs", Form}
	dialog     = section{"Forms and dialogs", Dialog}
	filter     = section{"Forms and dialogs", Filter}
	picker     = section{"Forms and dialogs", Picker}
	copyMenu   = section{"Copy menu", CopyAs}
)

// rows holds the default bindings in the order of help, as they are written below. They
// become a table on demand, since most runs of the program need none.
var rows = make([]row, 0, 160)

type row struct {
	section
	action           Action
	help, long, keys string
	effect           Effect
}

// bind adds the default binding of an action. Without keys it is for the palette only. Inlined at
// each row, it would make what runs at every start four times as much code.
//
//go:noinline
func (s section) bind(id Action, keys, help, long string, effect Effect) Action {
	rows = append(rows, row{s, id, help, long, keys, effect})
	return id
}

// table makes the default bindings.
func table() []Binding {
	all := make([]Binding, len(rows))
	for i, r := range rows {
		all[i] = Binding{r.action, strings.Fields(r.keys), r.help, r.long, r.group, r.scope, r.effect}
	}
	return all
}

// The actions. A screen lists those it supports in its hints.
var (
	Help      = everywhere.bind("app.help", "? f1", "help", "Show every key that works here", Looks)
	Palette   = everywhere.bind("app.palette", ": ctrl+p", "commands", "Find a command or an account by name", Looks)
	Back      = everywhere.bind("app.back", "esc", "back", "Close what is open; cancel what runs", Looks)
	OtherPane = everywhere.bind("app.other-pane", "tab shift+tab", "other pane", "Move between the list and the account", Looks)
	Zoom      = everywhere.bind("app.zoom", "z", "zoom", "Give one pane the whole screen, or show both again", Looks)
	Share     = everywhere.bind("app.share", "S", "screen share", "Hide e-mail addresses, people's names and bodies while others watch", Looks)
	Decode    = everywhere.bind("app.decode", "d", "decode", "Read the tokens of a pasted text without storing them", Looks)
	Lock      = everywhere.bind("vault.lock", "", "lock", "Lock the vault", Looks)
	Vault     = everywhere.bind("vault.open", "U", "vault", "Unlock the vault, or see and change how its key is kept", Looks)
	Mouse     = everywhere.bind("app.mouse", "", "mouse", "Turn the mouse on or off", Looks)
	Redraw    = everywhere.bind("app.redraw", "ctrl+l", "redraw", "Redraw the screen", Looks)
	Suspend   = everywhere.bind("app.suspend", "ctrl+z", "suspend", "Put tokenring in the background", Looks)
	Quit      = everywhere.bind("app.quit", "q", "quit", "Quit", Looks)
	Interrupt = everywhere.bind("app.interrupt", "ctrl+c", "quit", "Quit from anywhere; asks first where typed text would be lost, and not again", Looks)

	Up       = moving.bind("list.up", "up k", "up", "One line up", Looks)
	Down     = moving.bind("list.down", "down j", "down", "One line down", Looks)
	PageUp   = moving.bind("list.page-up", "pgup ctrl+b ctrl+u", "page up", "One page up", Looks)
	PageDown = moving.bind("list.page-down", "pgdown ctrl+f", "page down", "One page down", Looks)
	Top      = moving.bind("list.top", "home g", "first", "To the first line", Looks)
	Bottom   = moving.bind("list.bottom", "end G", "last", "To the last line", Looks)

	Open       = list.bind("accounts.open", "enter right", "open", "Open the account under the cursor", Looks)
	FilterList = list.bind("accounts.filter", "/", "filter", "Narrow the list by a name or any property, as in state:expired", Looks)
	Group      = list.bind("accounts.group", "b", "group", "Group by backend, by environment, or not", Looks)
	Sort       = list.bind("accounts.sort", "o", "sort", "Sort by what expires next, name, state, environment or last use", Looks)
	Mark       = list.bind("accounts.mark", "space", "mark", "Mark the account to act on several", Looks)
	MarkAll    = list.bind("accounts.mark-all", "ctrl+a", "mark all", "Mark all listed accounts, or none", Looks)

	RefreshMany = accounts.bind("accounts.refresh", "R", "refresh all", "Refresh the marked accounts, or all", Sends)
	Add         = accounts.bind("accounts.add", "a", "add", "Add an account at any backend", Changes)
	Import      = accounts.bind("accounts.import", "", "import", "Import requests and accounts from curl, HAR, Postman or OpenAPI", Changes)
	Undo        = accounts.bind("accounts.undo", "u", "undo", "Restore the account or request that was deleted last, within a day", Changes)
	Matrix      = accounts.bind("accounts.matrix", "M", "matrix", "Send requests as several accounts side by side", Sends)
	LastAccount = accounts.bind("accounts.last", "-", "last account", "Back to the previous account", Looks)

	Login    = account.bind("account.login", "l", "login", "Log in", Sends)
	Refresh  = account.bind("account.refresh", "r", "refresh", "Refresh the session now", Sends)
	Copy     = account.bind("account.copy", "y", "copy", "Copy the token", Copies)
	CopyMenu = account.bind("account.copy-menu", "Y", "copy as", "Copy a token, a header or a command", Copies)
	Test     = account.bind("account.test", "t", "test", "Send test requests", Looks)
	Check    = account.bind("account.check", "c", "check", "Ask the server whether the session is valid", Sends)
	Reveal   = account.bind("account.reveal", "v", "reveal", "Show the token in full for 30 seconds", Looks)
	Edit     = account.bind("account.edit", "e", "edit", "Edit the account", Changes)
	Logout   = account.bind("account.logout", "x", "log out", "End the session on the server and delete it", Sends)
	Delete   = account.bind("account.delete", "ctrl+d", "delete", "Delete the account and all its data; it can be restored for a day", Changes)

	TabSession  = tabs.bind("tab.session", "1", "session", "The state of the session", Looks)
	TabClaims   = tabs.bind("tab.claims", "2", "claims", "The claims of the token", Looks)
	TabRequests = tabs.bind("tab.requests", "3", "requests", "Test requests of the account", Looks)
	TabActivity = tabs.bind("tab.activity", "4", "activity", "The history of the account", Looks)
	TabNext     = tabs.bind("tab.next", "> ctrl+right", "next tab", "The next tab", Looks)
	TabPrev     = tabs.bind("tab.previous", "< ctrl+left", "previous tab", "The previous tab", Looks)

	TokenNext = claims.bind("claims.next-token", "]", "next token", "The claims of the next token", Looks)
	TokenPrev = claims.bind("claims.previous-token", "[", "previous token", "The claims of the previous token", Looks)

	ClaimOpen   = claim.bind("claim.open", "enter", "whole value", "Show the whole value of the claim under the cursor", Looks)
	ClaimFold   = claim.bind("claim.fold", "space", "fold", "Fold or unfold an object or list", Looks)
	ClaimCopy   = claim.bind("claim.copy", "y", "copy value", "Copy the value of the claim", Copies)
	ClaimJSON   = claim.bind("claim.copy-json", "J", "copy as JSON", "Copy the claim, name and value, as JSON", Copies)
	ClaimSearch = claim.bind("claim.search", "/", "search", "Search in the claims", Looks)
	ClaimVerify = claim.bind("claim.verify", "V", "verify", "Verify the signature with the keys that the issuer publishes", Sends)
	ClaimDiff   = claim.bind("claim.compare", "=", "compare", "Compare the claims with those of an earlier session or another account", Looks)
	ClaimNext   = claim.bind("claim.next-match", "n", "next", "The next match", Looks)
	ClaimPrev   = claim.bind("claim.previous-match", "N", "previous", "The previous match", Looks)

	PastedKeep   = pasted.bind("pasted.keep", "a ctrl+s", "keep as account", "Add an account with the token", Changes)
	PastedRenew  = pasted.bind("pasted.renew", "r", "renew account", "Renew the session of an account with the token", Changes)
	PastedCopy   = pasted.bind("pasted.copy", "c", "copy token", "Copy the token, without what was around it", Copies)
	PastedReveal = pasted.bind("pasted.reveal", "v", "reveal", "Show or hide claims that look like secrets", Looks)

	RequestFire       = requests.bind("request.fire", "enter t", "send", "Send the request as this account", Sends)
	RequestOpen       = requests.bind("request.open", "o right", "response", "Open its last response", Looks)
	RequestNew        = requests.bind("request.new", "n", "new", "Write a new request", Changes)
	RequestEdit       = requests.bind("request.edit", "e", "edit", "Edit the request; a request of the definition is saved as a copy", Changes)
	RequestDuplicate  = requests.bind("request.duplicate", "p", "duplicate", "Make a copy of the request", Changes)
	RequestCurl       = requests.bind("request.curl", "c", "curl", "Copy the request as a curl command", Copies)
	RequestAddToSuite = requests.bind("request.keep", "s", "into a suite", "Add the request to a suite of this folder's tokenring.yaml", Changes)
	RequestSearch     = requests.bind("request.search", "/", "search", "Search requests and history", Looks)
	RequestHistory    = requests.bind("request.history", "h", "history", "Show the history of requests", Looks)
	RequestDelete     = requests.bind("request.delete", "ctrl+d", "delete", "Delete the saved request", Changes)

	ResponseAgain   = response.bind("response.again", "t", "send again", "Send the same request again", Sends)
	ResponseAs      = response.bind("response.as-another", "A", "as another", "Send it as another account or as anonymous, and compare", Sends)
	ResponseLogin   = response.bind("response.log-in", "L", "log in", "Log in as its account, with the scope that the API wants", Sends)
	ResponseSearch  = response.bind("response.search", "/", "search", "Search in the body", Looks)
	ResponseNext    = response.bind("response.next-match", "n", "next", "The next match", Looks)
	ResponsePrev    = response.bind("response.previous-match", "N", "previous", "The previous match", Looks)
	ResponseFilter  = response.bind("response.jq", "f", "jq", "Filter the body with jq", Looks)
	ResponseRaw     = response.bind("response.raw", "r", "raw", "Switch between the raw and the formatted body", Looks)
	ResponseHeaders = response.bind("response.headers", "H", "headers", "Switch between body and headers", Looks)
	ResponseWrap    = response.bind("response.wrap", "w", "wrap", "Wrap long lines", Looks)
	ResponseCopy    = response.bind("response.copy", "y", "copy", "Copy the body as it is shown", Copies)
	ResponseSave    = response.bind("response.save", "s", "save", "Save the body as it is shown in a file", Copies)
	ResponsePipe    = response.bind("response.pipe", "|", "pipe", "Pipe the body as it is shown through a shell command", Copies)
	ResponsePager   = response.bind("response.pager", "p", "$PAGER", "Read the body in $PAGER", Copies)
	ResponseEditor  = response.bind("response.editor", "e", "$EDITOR", "Open a copy of the body in $EDITOR", Copies)
	ResponseCurl    = response.bind("response.curl", "c", "curl", "Copy the request as a curl command", Copies)
	ResponseTab     = response.bind("response.next-part", "tab", "next part", "The next part: headers, request, redirects", Looks)
	ResponsePrevTab = response.bind("response.previous-part", "shift+tab", "previous part", "The previous part", Looks)
	ResponseOlder   = response.bind("response.older", "[", "older", "The previous response to the same request", Looks)
	ResponseNewer   = response.bind("response.newer", "]", "newer", "The next response to the same request", Looks)
	ResponseLeft    = response.bind("response.left", "left h", "left", "Scroll to the left", Looks)
	ResponseRight   = response.bind("response.right", "right l", "right", "Scroll to the right", Looks)

	MatrixOpen    = matrix.bind("matrix.open", "enter", "response", "Open the response of the cell", Looks)
	MatrixCompare = matrix.bind("matrix.compare", "=", "compare", "Compare the cell with the marked one, or the one to its left", Looks)
	MatrixMark    = matrix.bind("matrix.mark", "space", "mark", "Mark the cell for a comparison", Looks)
	MatrixRun     = matrix.bind("matrix.run", "t", "send again", "Send every request as every account again", Sends)
	MatrixChoose  = matrix.bind("matrix.choose", "s", "other suite", "Choose another suite", Sends)
	MatrixLeft    = matrix.bind("matrix.left", "left h", "left", "To the account on the left", Looks)
	MatrixRight   = matrix.bind("matrix.right", "right l", "right", "To the account on the right", Looks)

	CompareNext  = compare.bind("compare.next-difference", "n", "next", "The next difference", Looks)
	ComparePrev  = compare.bind("compare.previous-difference", "N", "previous", "The previous difference", Looks)
	CompareFold  = compare.bind("compare.fold", "d", "differences only", "Fold equal lines, or show all", Looks)
	ComparePart  = compare.bind("compare.other-part", "tab shift+tab", "headers", "Switch between bodies and headers", Looks)
	CompareLeft  = compare.bind("compare.left", "left h", "left", "Scroll to the left", Looks)
	CompareRight = compare.bind("compare.right", "right l", "right", "Scroll to the right", Looks)

	EditorFire     = editor.bind("editor.fire", "ctrl+r", "send", "Send the request as written", Sends)
	EditorSave     = editor.bind("editor.save", "ctrl+s", "save", "Save the request with the account", Changes)
	EditorExternal = editor.bind("editor.external", "ctrl+e", "$EDITOR", "Edit the body in $EDITOR", Changes)
	EditorNext     = editor.bind("editor.next-field", "tab", "next", "The next field", Looks)
	EditorPrev     = editor.bind("editor.previous-field", "shift+tab", "back", "The previous field", Looks)
	EditorToggle   = editor.bind("editor.toggle", "ctrl+t", "on/off", "Turn a parameter or header off or on", Looks)

	FormNext      = form.bind("form.next", "enter tab", "next", "The next question", Looks)
	FormPrev      = form.bind("form.previous", "shift+tab", "back", "The previous question", Looks)
	FormSubmit    = form.bind("form.submit", "ctrl+s", "save", "Save and skip the other questions", Looks)
	FormToggle    = form.bind("form.toggle", "space", "toggle", "Turn the option under the cursor on or off", Looks)
	FormLeft      = form.bind("form.left", "left h", "choose", "The choice to the left", Looks)
	FormRight     = form.bind("form.right", "right l", "choose", "The choice to the right", Looks)
	FormClear     = form.bind("form.clear", "ctrl+x", "clear", "Clear the field; if it is empty, delete the stored value", Looks)
	FormCopy      = form.bind("form.copy-shown", "ctrl+y", "copy address", "Copy the address shown above a question", Copies)
	FormReference = form.bind("form.place", "ctrl+o", "elsewhere", "Read a secret from another source instead of entering it", Looks)

	Accept      = dialog.bind("dialog.accept", "enter", "choose", "Choose the item under the cursor", Looks)
	Close       = dialog.bind("dialog.close", "esc", "close", "Close without a change", Looks)
	Confirm     = dialog.bind("dialog.yes", "y", "yes", "Yes, do it", Looks)
	Decline     = dialog.bind("dialog.no", "n", "no", "No, leave it", Looks)
	Again       = dialog.bind("dialog.again", "r", "again", "Try again", Looks)
	EditAccount = dialog.bind("dialog.edit", "e", "edit account", "Edit the account", Changes)
	CopyURL     = dialog.bind("dialog.copy-address", "u", "copy address", "Copy the address", Copies)
	CopyCode    = dialog.bind("dialog.copy-code", "c", "copy code", "Copy the code", Copies)

	FilterApply = filter.bind("filter.apply", "enter down", "keep", "Keep the filter and go back to the list", Looks)
	FilterClear = filter.bind("filter.clear", "esc", "clear", "Clear the filter", Looks)
	FilterOlder = filter.bind("filter.older", "up", "older", "The filter, search or jq before this one", Looks)
	FilterNewer = filter.bind("filter.newer", "ctrl+n", "newer", "The filter, search or jq after this one", Looks)

	PickUp       = picker.bind("picker.up", "up ctrl+p", "up", "One line up while typing", Looks)
	PickDown     = picker.bind("picker.down", "down ctrl+n", "down", "One line down while typing", Looks)
	PickPageUp   = picker.bind("picker.page-up", "pgup", "page up", "One page up while typing", Looks)
	PickPageDown = picker.bind("picker.page-down", "pgdown", "page down", "One page down while typing", Looks)

	CopyToken     = copyMenu.bind("copy.token", "t y", "token", "Copy the token", Copies)
	CopyHeader    = copyMenu.bind("copy.header", "h", "header", "Copy the headers that a request carries", Copies)
	CopyCurl      = copyMenu.bind("copy.curl", "c", "curl", "Copy a request as curl, with the token in a variable", Copies)
	CopyCurlClear = copyMenu.bind("copy.curl-in-clear", "C", "curl in clear", "Copy a request as curl, with the token in clear", Copies)
	CurlNext      = copyMenu.bind("copy.next-request", "right", "next request", "The next request for curl", Looks)
	CurlPrev      = copyMenu.bind("copy.previous-request", "left", "previous request", "The previous request for curl", Looks)
	CopyClaims    = copyMenu.bind("copy.claims", "p", "claims", "Copy the claims (the payload) as JSON", Copies)
	CopyRefresh   = copyMenu.bind("copy.refresh-token", "f", "refresh token", "Copy the refresh token", Copies)
	CopyBase      = copyMenu.bind("copy.base-url", "u", "base URL", "Copy the account's base URL", Copies)
)
