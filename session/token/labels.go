package token

// Label says how one claim is shown.
type Label struct {
	Label  string            // the claim's meaning in a word or two, such as "Lifetime"
	Format string            // "", "time" (seconds since 1970), "duration" (seconds) or "enum"
	Mask   bool              // hide the value until it is asked for
	Enum   map[string]string // with format "enum": what each value means, by its text or digits
}

// Labels holds labels by claim name; a claim inside an object goes by its path, such as "user.id",
// and one inside a list of objects by such as "users[].id".
type Labels map[string]Label

// label finds what is known about a claim: the given label first, then what RFC 7515, RFC 7519, RFC 8693, RFC 9068
// and OpenID Connect Core 1.0 say of it. A given label may leave the words or the format to the standard.
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
