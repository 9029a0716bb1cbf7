package keymap

import tea "charm.land/bubbletea/v2"

// The actions. A screen lists those it supports in its hints.
const (
	Quit      Action = "app.quit"
	Interrupt Action = "app.interrupt"
	Suspend   Action = "app.suspend"
	Help      Action = "app.help"
	Palette   Action = "app.palette"
	Back      Action = "app.back"
	OtherPane Action = "app.other-pane"
	Zoom      Action = "app.zoom"
	Share     Action = "app.share"
	Decode    Action = "app.decode"
	Redraw    Action = "app.redraw"
	Lock      Action = "vault.lock"
	Vault     Action = "vault.open"
	Mouse     Action = "app.mouse"

	Up       Action = "list.up"
	Down     Action = "list.down"
	PageUp   Action = "list.page-up"
	PageDown Action = "list.page-down"
	Top      Action = "list.top"
	Bottom   Action = "list.bottom"

	Open        Action = "accounts.open"
	FilterList  Action = "accounts.filter"
	Group       Action = "accounts.group"
	Sort        Action = "accounts.sort"
	Mark        Action = "accounts.mark"
	MarkAll     Action = "accounts.mark-all"
	RefreshMany Action = "accounts.refresh"
	Add         Action = "accounts.add"
	Undo        Action = "accounts.undo"
	Import      Action = "accounts.import"
	LastAccount Action = "accounts.last"
	Matrix      Action = "accounts.matrix"

	Login    Action = "account.login"
	Refresh  Action = "account.refresh"
	Check    Action = "account.check"
	Logout   Action = "account.logout"
	Test     Action = "account.test"
	Edit     Action = "account.edit"
	Delete   Action = "account.delete"
	Copy     Action = "account.copy"
	CopyMenu Action = "account.copy-menu"
	Reveal   Action = "account.reveal"

	TabSession  Action = "tab.session"
	TabClaims   Action = "tab.claims"
	TabRequests Action = "tab.requests"
	TabActivity Action = "tab.activity"
	TabNext     Action = "tab.next"
	TabPrev     Action = "tab.previous"

	TokenNext Action = "claims.next-token"
	TokenPrev Action = "claims.previous-token"

	PastedKeep   Action = "pasted.keep"
	PastedRenew  Action = "pasted.renew"
	PastedCopy   Action = "pasted.copy"
	PastedReveal Action = "pasted.reveal"

	ClaimOpen   Action = "claim.open"
	ClaimFold   Action = "claim.fold"
	ClaimCopy   Action = "claim.copy"
	ClaimJSON   Action = "claim.copy-json"
	ClaimSearch Action = "claim.search"
	ClaimVerify Action = "claim.verify"
	ClaimDiff   Action = "claim.compare"
	ClaimNext   Action = "claim.next-match"
	ClaimPrev   Action = "claim.previous-match"

	RequestFire       Action = "request.fire"
	RequestOpen       Action = "request.open"
	RequestNew        Action = "request.new"
	RequestEdit       Action = "request.edit"
	RequestDuplicate  Action = "request.duplicate"
	RequestDelete     Action = "request.delete"
	RequestCurl       Action = "request.curl"
	RequestHistory    Action = "request.history"
	RequestSearch     Action = "request.search"
	RequestAddToSuite Action = "request.keep"

	ResponseAgain   Action = "response.again"
	ResponseSearch  Action = "response.search"
	ResponseNext    Action = "response.next-match"
	ResponsePrev    Action = "response.previous-match"
	ResponseFilter  Action = "response.jq"
	ResponseRaw     Action = "response.raw"
	ResponseHeaders Action = "response.headers"
	ResponseWrap    Action = "response.wrap"
	ResponseCopy    Action = "response.copy"
	ResponseSave    Action = "response.save"
	ResponsePipe    Action = "response.pipe"
	ResponsePager   Action = "response.pager"
	ResponseEditor  Action = "response.editor"
	ResponseCurl    Action = "response.curl"
	ResponseLeft    Action = "response.left"
	ResponseRight   Action = "response.right"
	ResponseOlder   Action = "response.older"
	ResponseNewer   Action = "response.newer"
	ResponseTab     Action = "response.next-part"
	ResponsePrevTab Action = "response.previous-part"
	ResponseAs      Action = "response.as-another"
	ResponseLogin   Action = "response.log-in"

	MatrixRun     Action = "matrix.run"
	MatrixChoose  Action = "matrix.choose"
	MatrixOpen    Action = "matrix.open"
	MatrixMark    Action = "matrix.mark"
	MatrixCompare Action = "matrix.compare"
	MatrixLeft    Action = "matrix.left"
	MatrixRight   Action = "matrix.right"

	CompareFold  Action = "compare.fold"
	CompareNext  Action = "compare.next-difference"
	ComparePrev  Action = "compare.previous-difference"
	ComparePart  Action = "compare.other-part"
	CompareLeft  Action = "compare.left"
	CompareRight Action = "compare.right"

	EditorFire     Action = "editor.fire"
	EditorSave     Action = "editor.save"
	EditorExternal Action = "editor.external"
	EditorNext     Action = "editor.next-field"
	EditorPrev     Action = "editor.previous-field"
	EditorToggle   Action = "editor.toggle"

	FormNext      Action = "form.next"
	FormPrev      Action = "form.previous"
	FormSubmit    Action = "form.submit"
	FormToggle    Action = "form.toggle"
	FormLeft      Action = "form.left"
	FormRight     Action = "form.right"
	FormClear     Action = "form.clear"
	FormCopy      Action = "form.copy-shown"
	FormReference Action = "form.place"

	Accept      Action = "dialog.accept"
	Close       Action = "dialog.close"
	Confirm     Action = "dialog.yes"
	Decline     Action = "dialog.no"
	Again       Action = "dialog.again"
	EditAccount Action = "dialog.edit"
	CopyURL     Action = "dialog.copy-address"
	CopyCode    Action = "dialog.copy-code"

	FilterApply Action = "filter.apply"
	FilterClear Action = "filter.clear"
	FilterOlder Action = "filter.older"
	FilterNewer Action = "filter.newer"

	PickUp       Action = "picker.up"
	PickDown     Action = "picker.down"
	PickPageUp   Action = "picker.page-up"
	PickPageDown Action = "picker.page-down"

	CopyToken     Action = "copy.token"
	CopyHeader    Action = "copy.header"
	CopyCurl      Action = "copy.curl"
	CopyCurlClear Action = "copy.curl-in-clear"
	CopyClaims    Action = "copy.claims"
	CopyRefresh   Action = "copy.refresh-token"
	CopyBase      Action = "copy.base-url"
	CurlNext      Action = "copy.next-request"
	CurlPrev      Action = "copy.previous-request"
)

// older are the names that terminals without a protocol for keys have for some keys:
// there, they send the same byte.
var older = map[string]rune{"ctrl+[": tea.KeyEscape, "ctrl+i": tea.KeyTab, "ctrl+m": tea.KeyEnter, "ctrl+j": tea.KeyEnter}

// The headings of help and README.
const (
	groupApp      = "Everywhere"
	groupMove     = "Moving"
	groupAccounts = "Accounts"
	groupAccount  = "The account"
	groupTabs     = "Tabs and claims"
	groupPasted   = "A pasted token"
	groupRequests = "Requests"
	groupResponse = "Response"
	groupMatrix   = "Matrix"
	groupCompare  = "Two responses"
	groupEditor   = "Request editor"
	groupForm     = "Forms and dialogs"
	groupCopy     = "Copy menu"
)

func table() []Binding {
	var t []Binding
	t = append(t, appTable()...)
	t = append(t, accountTable()...)
	t = append(t, requestTable()...)
	t = append(t, dialogTable()...)
	return append(t, copyTable()...)
}

func appTable() []Binding {
	return []Binding{
		{Help, []string{"?", "f1"}, "help", "Show every key that works here", groupApp, Global, Looks},
		{Palette, []string{":", "ctrl+p"}, "commands", "Find a command or an account by name", groupApp, Global, Looks},
		{Back, []string{"esc"}, "back", "Close what is open; cancel what runs", groupApp, Global, Looks},
		{OtherPane, []string{"tab", "shift+tab"}, "other pane", "Move between the list and the account", groupApp, Global, Looks},
		{Zoom, []string{"z"}, "zoom", "Give one pane the whole screen, or show both again", groupApp, Global, Looks},
		{Share, []string{"S"}, "screen share", "Hide e-mail addresses, people's names and bodies while others watch", groupApp, Global, Looks},
		{Decode, []string{"d"}, "decode", "Read the tokens of a pasted text without storing them", groupApp, Global, Looks},
		{Lock, nil, "lock", "Lock the vault", groupApp, Global, Looks},
		{Vault, []string{"U"}, "vault", "Unlock the vault, or see and change how its key is kept", groupApp, Global, Looks},
		{Mouse, nil, "mouse", "Turn the mouse on or off", groupApp, Global, Looks},
		{Redraw, []string{"ctrl+l"}, "redraw", "Redraw the screen", groupApp, Global, Looks},
		{Suspend, []string{"ctrl+z"}, "suspend", "Put tokenring in the background", groupApp, Global, Looks},
		{Quit, []string{"q"}, "quit", "Quit", groupApp, Global, Looks},
		{Interrupt, []string{"ctrl+c"}, "quit", "Quit from anywhere; asks first where typed text would be lost, and not again", groupApp, Global, Looks},

		{Up, []string{"up", "k"}, "up", "One line up", groupMove, List, Looks},
		{Down, []string{"down", "j"}, "down", "One line down", groupMove, List, Looks},
		{PageUp, []string{"pgup", "ctrl+b", "ctrl+u"}, "page up", "One page up", groupMove, List, Looks},
		{PageDown, []string{"pgdown", "ctrl+f"}, "page down", "One page down", groupMove, List, Looks},
		{Top, []string{"home", "g"}, "first", "To the first line", groupMove, List, Looks},
		{Bottom, []string{"end", "G"}, "last", "To the last line", groupMove, List, Looks},
	}
}

func accountTable() []Binding {
	return []Binding{
		{Open, []string{"enter", "right"}, "open", "Open the account under the cursor", groupAccounts, Accounts, Looks},
		{FilterList, []string{"/"}, "filter", "Narrow the list by a name or any property, as in state:expired", groupAccounts, Accounts, Looks},
		{Group, []string{"b"}, "group", "Group by backend, by environment, or not", groupAccounts, Accounts, Looks},
		{Sort, []string{"o"}, "sort", "Sort by what expires next, name, state, environment or last use", groupAccounts, Accounts, Looks},
		{Mark, []string{"space"}, "mark", "Mark the account to act on several", groupAccounts, Accounts, Looks},
		{MarkAll, []string{"ctrl+a"}, "mark all", "Mark all listed accounts, or none", groupAccounts, Accounts, Looks},
		{RefreshMany, []string{"R"}, "refresh all", "Refresh the marked accounts, or all", groupAccounts, Global, Sends},
		{Add, []string{"a"}, "add", "Add an account at any backend", groupAccounts, Global, Changes},
		{Import, nil, "import", "Import requests and accounts from curl, HAR, Postman or OpenAPI", groupAccounts, Global, Changes},
		{Undo, []string{"u"}, "undo", "Restore the account or request that was deleted last, within a day", groupAccounts, Global, Changes},
		{Matrix, []string{"M"}, "matrix", "Send requests as several accounts side by side", groupAccounts, Global, Sends},
		{LastAccount, []string{"-"}, "last account", "Back to the previous account", groupAccounts, Global, Looks},

		{Login, []string{"l"}, "login", "Log in", groupAccount, Account, Sends},
		{Refresh, []string{"r"}, "refresh", "Refresh the session now", groupAccount, Account, Sends},
		{Copy, []string{"y"}, "copy", "Copy the token", groupAccount, Account, Copies},
		{CopyMenu, []string{"Y"}, "copy as", "Copy a token, a header or a command", groupAccount, Account, Copies},
		{Test, []string{"t"}, "test", "Send test requests", groupAccount, Account, Looks},
		{Check, []string{"c"}, "check", "Ask the server whether the session is valid", groupAccount, Account, Sends},
		{Reveal, []string{"v"}, "reveal", "Show the token in full for 30 seconds", groupAccount, Account, Looks},
		{Edit, []string{"e"}, "edit", "Edit the account", groupAccount, Account, Changes},
		{Logout, []string{"x"}, "log out", "End the session on the server and delete it", groupAccount, Account, Sends},
		{Delete, []string{"ctrl+d"}, "delete", "Delete the account and all its data; it can be restored for a day", groupAccount, Account, Changes},

		{TabSession, []string{"1"}, "session", "The state of the session", groupTabs, Tabs, Looks},
		{TabClaims, []string{"2"}, "claims", "The claims of the token", groupTabs, Tabs, Looks},
		{TabRequests, []string{"3"}, "requests", "Test requests of the account", groupTabs, Tabs, Looks},
		{TabActivity, []string{"4"}, "activity", "The history of the account", groupTabs, Tabs, Looks},
		{TabNext, []string{">", "ctrl+right"}, "next tab", "The next tab", groupTabs, Tabs, Looks},
		{TabPrev, []string{"<", "ctrl+left"}, "previous tab", "The previous tab", groupTabs, Tabs, Looks},
		{TokenNext, []string{"]"}, "next token", "The claims of the next token", groupTabs, Claims, Looks},
		{TokenPrev, []string{"["}, "previous token", "The claims of the previous token", groupTabs, Claims, Looks},

		{ClaimOpen, []string{"enter"}, "whole value", "Show the whole value of the claim under the cursor", groupTabs, Claim, Looks},
		{ClaimFold, []string{"space"}, "fold", "Fold or unfold an object or list", groupTabs, Claim, Looks},
		{ClaimCopy, []string{"y"}, "copy value", "Copy the value of the claim", groupTabs, Claim, Copies},
		{ClaimJSON, []string{"J"}, "copy as JSON", "Copy the claim, name and value, as JSON", groupTabs, Claim, Copies},
		{ClaimSearch, []string{"/"}, "search", "Search in the claims", groupTabs, Claim, Looks},
		{ClaimVerify, []string{"V"}, "verify", "Verify the signature with the keys that the issuer publishes", groupTabs, Claim, Sends},
		{ClaimDiff, []string{"="}, "compare", "Compare the claims with those of an earlier session or another account", groupTabs, Claim, Looks},
		{ClaimNext, []string{"n"}, "next", "The next match", groupTabs, Claim, Looks},
		{ClaimPrev, []string{"N"}, "previous", "The previous match", groupTabs, Claim, Looks},

		{PastedKeep, []string{"a", "ctrl+s"}, "keep as account", "Add an account with the token", groupPasted, Pasted, Changes},
		{PastedRenew, []string{"r"}, "renew account", "Renew the session of an account with the token", groupPasted, Pasted, Changes},
		{PastedCopy, []string{"c"}, "copy token", "Copy the token, without what was around it", groupPasted, Pasted, Copies},
		{PastedReveal, []string{"v"}, "reveal", "Show or hide claims that look like secrets", groupPasted, Pasted, Looks},
	}
}

func requestTable() []Binding {
	return []Binding{
		{RequestFire, []string{"enter", "t"}, "send", "Send the request as this account", groupRequests, Requests, Sends},
		{RequestOpen, []string{"o", "right"}, "response", "Open its last response", groupRequests, Requests, Looks},
		{RequestNew, []string{"n"}, "new", "Write a new request", groupRequests, Requests, Changes},
		{RequestEdit, []string{"e"}, "edit", "Edit the request; a request of the definition is saved as a copy", groupRequests, Requests, Changes},
		{RequestDuplicate, []string{"p"}, "duplicate", "Make a copy of the request", groupRequests, Requests, Changes},
		{RequestCurl, []string{"c"}, "curl", "Copy the request as a curl command", groupRequests, Requests, Copies},
		{RequestAddToSuite, []string{"s"}, "into a suite", "Add the request to a suite of this folder's tokenring.yaml", groupRequests, Requests, Changes},
		{RequestSearch, []string{"/"}, "search", "Search requests and history", groupRequests, Requests, Looks},
		{RequestHistory, []string{"h"}, "history", "Show the history of requests", groupRequests, Requests, Looks},
		{RequestDelete, []string{"ctrl+d"}, "delete", "Delete the saved request", groupRequests, Requests, Changes},

		{ResponseAgain, []string{"t"}, "send again", "Send the same request again", groupResponse, Response, Sends},
		{ResponseAs, []string{"A"}, "as another", "Send it as another account or as anonymous, and compare", groupResponse, Response, Sends},
		{ResponseLogin, []string{"L"}, "log in", "Log in as its account, with the scope that the API wants", groupResponse, Response, Sends},
		{ResponseSearch, []string{"/"}, "search", "Search in the body", groupResponse, Response, Looks},
		{ResponseNext, []string{"n"}, "next", "The next match", groupResponse, Response, Looks},
		{ResponsePrev, []string{"N"}, "previous", "The previous match", groupResponse, Response, Looks},
		{ResponseFilter, []string{"f"}, "jq", "Filter the body with jq", groupResponse, Response, Looks},
		{ResponseRaw, []string{"r"}, "raw", "Switch between the raw and the formatted body", groupResponse, Response, Looks},
		{ResponseHeaders, []string{"H"}, "headers", "Switch between body and headers", groupResponse, Response, Looks},
		{ResponseWrap, []string{"w"}, "wrap", "Wrap long lines", groupResponse, Response, Looks},
		{ResponseCopy, []string{"y"}, "copy", "Copy the body as it is shown", groupResponse, Response, Copies},
		{ResponseSave, []string{"s"}, "save", "Save the body as it is shown in a file", groupResponse, Response, Copies},
		{ResponsePipe, []string{"|"}, "pipe", "Pipe the body as it is shown through a shell command", groupResponse, Response, Copies},
		{ResponsePager, []string{"p"}, "$PAGER", "Read the body in $PAGER", groupResponse, Response, Copies},
		{ResponseEditor, []string{"e"}, "$EDITOR", "Open a copy of the body in $EDITOR", groupResponse, Response, Copies},
		{ResponseCurl, []string{"c"}, "curl", "Copy the request as a curl command", groupResponse, Response, Copies},
		{ResponseTab, []string{"tab"}, "next part", "The next part: headers, request, redirects", groupResponse, Response, Looks},
		{ResponsePrevTab, []string{"shift+tab"}, "previous part", "The previous part", groupResponse, Response, Looks},
		{ResponseOlder, []string{"["}, "older", "The previous response to the same request", groupResponse, Response, Looks},
		{ResponseNewer, []string{"]"}, "newer", "The next response to the same request", groupResponse, Response, Looks},
		{ResponseLeft, []string{"left", "h"}, "left", "Scroll to the left", groupResponse, Response, Looks},
		{ResponseRight, []string{"right", "l"}, "right", "Scroll to the right", groupResponse, Response, Looks},

		{MatrixOpen, []string{"enter"}, "response", "Open the response of the cell", groupMatrix, Grid, Looks},
		{MatrixCompare, []string{"="}, "compare", "Compare the cell with the marked one, or the one to its left", groupMatrix, Grid, Looks},
		{MatrixMark, []string{"space"}, "mark", "Mark the cell for a comparison", groupMatrix, Grid, Looks},
		{MatrixRun, []string{"t"}, "send again", "Send every request as every account again", groupMatrix, Grid, Sends},
		{MatrixChoose, []string{"s"}, "other suite", "Choose another suite", groupMatrix, Grid, Sends},
		{MatrixLeft, []string{"left", "h"}, "left", "To the account on the left", groupMatrix, Grid, Looks},
		{MatrixRight, []string{"right", "l"}, "right", "To the account on the right", groupMatrix, Grid, Looks},

		{CompareNext, []string{"n"}, "next", "The next difference", groupCompare, Compare, Looks},
		{ComparePrev, []string{"N"}, "previous", "The previous difference", groupCompare, Compare, Looks},
		{CompareFold, []string{"d"}, "differences only", "Fold equal lines, or show all", groupCompare, Compare, Looks},
		{ComparePart, []string{"tab", "shift+tab"}, "headers", "Switch between bodies and headers", groupCompare, Compare, Looks},
		{CompareLeft, []string{"left", "h"}, "left", "Scroll to the left", groupCompare, Compare, Looks},
		{CompareRight, []string{"right", "l"}, "right", "Scroll to the right", groupCompare, Compare, Looks},

		{EditorFire, []string{"ctrl+r"}, "send", "Send the request as written", groupEditor, Editor, Sends},
		{EditorSave, []string{"ctrl+s"}, "save", "Save the request with the account", groupEditor, Editor, Changes},
		{EditorExternal, []string{"ctrl+e"}, "$EDITOR", "Edit the body in $EDITOR", groupEditor, Editor, Changes},
		{EditorNext, []string{"tab"}, "next", "The next field", groupEditor, Editor, Looks},
		{EditorPrev, []string{"shift+tab"}, "back", "The previous field", groupEditor, Editor, Looks},
		{EditorToggle, []string{"ctrl+t"}, "on/off", "Turn a parameter or header off or on", groupEditor, Editor, Looks},
	}
}

func dialogTable() []Binding {
	return []Binding{
		{FormNext, []string{"enter", "tab"}, "next", "The next question", groupForm, Form, Looks},
		{FormPrev, []string{"shift+tab"}, "back", "The previous question", groupForm, Form, Looks},
		{FormSubmit, []string{"ctrl+s"}, "save", "Save and skip the other questions", groupForm, Form, Looks},
		{FormToggle, []string{"space"}, "toggle", "Turn the option under the cursor on or off", groupForm, Form, Looks},
		{FormLeft, []string{"left", "h"}, "choose", "The choice to the left", groupForm, Form, Looks},
		{FormRight, []string{"right", "l"}, "choose", "The choice to the right", groupForm, Form, Looks},
		{FormClear, []string{"ctrl+x"}, "clear", "Clear the field; if it is empty, delete the stored value", groupForm, Form, Looks},
		{FormCopy, []string{"ctrl+y"}, "copy address", "Copy the address shown above a question", groupForm, Form, Copies},
		{FormReference, []string{"ctrl+o"}, "elsewhere", "Read a secret from another source instead of entering it", groupForm, Form, Looks},

		{Accept, []string{"enter"}, "choose", "Choose the item under the cursor", groupForm, Dialog, Looks},
		{Close, []string{"esc"}, "close", "Close without a change", groupForm, Dialog, Looks},
		{Confirm, []string{"y"}, "yes", "Yes, do it", groupForm, Dialog, Looks},
		{Decline, []string{"n"}, "no", "No, leave it", groupForm, Dialog, Looks},
		{Again, []string{"r"}, "again", "Try again", groupForm, Dialog, Looks},
		{EditAccount, []string{"e"}, "edit account", "Edit the account", groupForm, Dialog, Changes},
		{CopyURL, []string{"u"}, "copy address", "Copy the address", groupForm, Dialog, Copies},
		{CopyCode, []string{"c"}, "copy code", "Copy the code", groupForm, Dialog, Copies},

		{FilterApply, []string{"enter", "down"}, "keep", "Keep the filter and go back to the list", groupForm, Filter, Looks},
		{FilterClear, []string{"esc"}, "clear", "Clear the filter", groupForm, Filter, Looks},
		{FilterOlder, []string{"up"}, "older", "The filter, search or jq before this one", groupForm, Filter, Looks},
		{FilterNewer, []string{"ctrl+n"}, "newer", "The filter, search or jq after this one", groupForm, Filter, Looks},

		{PickUp, []string{"up", "ctrl+p"}, "up", "One line up while typing", groupForm, Picker, Looks},
		{PickDown, []string{"down", "ctrl+n"}, "down", "One line down while typing", groupForm, Picker, Looks},
		{PickPageUp, []string{"pgup"}, "page up", "One page up while typing", groupForm, Picker, Looks},
		{PickPageDown, []string{"pgdown"}, "page down", "One page down while typing", groupForm, Picker, Looks},
	}
}

func copyTable() []Binding {
	return []Binding{
		{CopyToken, []string{"t", "y"}, "token", "Copy the token", groupCopy, CopyAs, Copies},
		{CopyHeader, []string{"h"}, "header", "Copy the headers that a request carries", groupCopy, CopyAs, Copies},
		{CopyCurl, []string{"c"}, "curl", "Copy a request as curl, with the token in a variable", groupCopy, CopyAs, Copies},
		{CopyCurlClear, []string{"C"}, "curl in clear", "Copy a request as curl, with the token in clear", groupCopy, CopyAs, Copies},
		{CurlNext, []string{"right"}, "next request", "The next request for curl", groupCopy, CopyAs, Looks},
		{CurlPrev, []string{"left"}, "previous request", "The previous request for curl", groupCopy, CopyAs, Looks},
		{CopyClaims, []string{"p"}, "claims", "Copy the claims (the payload) as JSON", groupCopy, CopyAs, Copies},
		{CopyRefresh, []string{"f"}, "refresh token", "Copy the refresh token", groupCopy, CopyAs, Copies},
		{CopyBase, []string{"u"}, "base URL", "Copy the account's base URL", groupCopy, CopyAs, Copies},
	}
}
