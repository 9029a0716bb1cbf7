package token

// Label describes how to show one claim.
type Label struct {
	Label  string            // the claim's meaning in a word or two, such as "Lifetime"
	Format string            // "", "time" (seconds since 1970), "duration" (seconds) or "enum"
	Mask   bool              // hide the value until the user reveals it
	Enum   map[string]string // with format "enum": what each value means, by its text or digits
}

// Labels holds labels by the path of a claim, such as "user.id", or "users[].id" inside a list of objects.
type Labels map[string]Label

// label returns the given label of a claim, with its gaps filled from RFC 7515, RFC 7519, RFC 8693, RFC 9068 and
// OpenID Connect Core 1.0.
func (l Labels) label(path string) Label {
	given, std := l[path], standard[path]
	if given.Label == "" {
		given.Label = std.Label
	}
	if given.Format == "" {
		given.Format = std.Format
	}
	return given
}

var standard = Labels{
	"iss": {Label: "Issuer"},
	"sub": {Label: "Subject"},
	"aud": {Label: "Audience"},
	"exp": {Label: "Expires", Format: "time"},
	"nbf": {Label: "Not before", Format: "time"},
	"iat": {Label: "Issued", Format: "time"},
	"jti": {Label: "Token id"},

	"auth_time":             {Label: "Logged in", Format: "time"},
	"updated_at":            {Label: "Profile updated", Format: "time"},
	"azp":                   {Label: "Authorized party"},
	"nonce":                 {Label: "Nonce"},
	"acr":                   {Label: "Authentication class"},
	"amr":                   {Label: "Authentication methods"},
	"at_hash":               {Label: "Access token hash"},
	"c_hash":                {Label: "Code hash"},
	"sid":                   {Label: "Session id"},
	"name":                  {Label: "Name"},
	"given_name":            {Label: "Given name"},
	"family_name":           {Label: "Family name"},
	"middle_name":           {Label: "Middle name"},
	"nickname":              {Label: "Nickname"},
	"preferred_username":    {Label: "Username"},
	"profile":               {Label: "Profile page"},
	"picture":               {Label: "Picture"},
	"website":               {Label: "Web site"},
	"email":                 {Label: "E-mail"},
	"email_verified":        {Label: "E-mail verified"},
	"gender":                {Label: "Gender"},
	"birthdate":             {Label: "Birth date"},
	"zoneinfo":              {Label: "Time zone"},
	"locale":                {Label: "Locale"},
	"phone_number":          {Label: "Phone"},
	"phone_number_verified": {Label: "Phone verified"},
	"address":               {Label: "Address"},
	"client_id":             {Label: "Client id"},
	"scope":                 {Label: "Scope"},
	"act":                   {Label: "Actor"},
	"may_act":               {Label: "May act for it"},
	"roles":                 {Label: "Roles"},
	"groups":                {Label: "Groups"},
	"entitlements":          {Label: "Entitlements"},
	"cnf":                   {Label: "Bound to key"},

	"alg":  {Label: "Algorithm"},
	"enc":  {Label: "Encryption"},
	"zip":  {Label: "Compression"},
	"typ":  {Label: "Type"},
	"cty":  {Label: "Content type"},
	"kid":  {Label: "Key id"},
	"jku":  {Label: "Key set URL"},
	"jwk":  {Label: "Key"},
	"x5u":  {Label: "Certificate URL"},
	"x5c":  {Label: "Certificates"},
	"x5t":  {Label: "Certificate hash"},
	"crit": {Label: "Must be understood"},
}
