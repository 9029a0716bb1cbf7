package token

import (
	"cmp"
	"sync"
)

// Label describes how to show one claim.
type Label struct {
	Label  string            // the claim's meaning in a word or two, such as "Lifetime"
	Format string            // "", "time" (seconds since 1970), "duration" (seconds) or "enum"
	Mask   bool              // hide the value until the user reveals it
	Enum   map[string]string // with format "enum": what each value means, by its text or digits
	About  string            // a sentence on what the claim says, safe for a terminal
}

// Labels holds labels by the path of a claim, such as "user.id", or "users[].id" inside a list of objects.
type Labels map[string]Label

// label returns the given label of a claim, with its gaps filled from the standards and what issuers document.
func (l Labels) label(path string) Label {
	given, std := l[path], standard()[path]
	given.Label = cmp.Or(given.Label, std.Label)
	given.Format = cmp.Or(given.Format, std.Format)
	given.About = std.About
	return given
}

// standard returns the labels of claims that standards and issuers document. Most commands show no claims.
var standard = sync.OnceValue(func() Labels {
	return Labels{
		// RFC 7519
		"iss": {Label: "Issuer", About: "the server that issued the token; its keys verify it (RFC 7519)"},
		"sub": {Label: "Subject", About: "whom or what the token is about, unique at its issuer (RFC 7519)"},
		"aud": {Label: "Audience", About: "the servers that may accept the token; every other one refuses it (RFC 7519)"},
		"exp": {Label: "Expires", Format: "time", About: "servers refuse the token from this time on (RFC 7519)"},
		"nbf": {Label: "Not before", Format: "time", About: "servers refuse the token before this time (RFC 7519)"},
		"iat": {Label: "Issued", Format: "time", About: "when the token was issued (RFC 7519)"},
		"jti": {Label: "Token id", About: "the token's own id, by which a server can refuse it or notice that it is used twice (RFC 7519)"},

		// OpenID Connect Core 1.0 and RFC 9068
		"auth_time":             {Label: "Logged in", Format: "time", About: "when the person logged in, which may be long before the token was issued"},
		"updated_at":            {Label: "Profile updated", Format: "time", About: "when the person's profile was last changed"},
		"azp":                   {Label: "Authorized party", About: "the client that the token was issued to"},
		"nonce":                 {Label: "Nonce", About: "repeats a value of the login request, so that an ID token cannot be replayed"},
		"acr":                   {Label: "Authentication class", About: "how strongly the person was authenticated, in the issuer's own terms"},
		"amr":                   {Label: "Authentication methods", About: "how the person authenticated: pwd is a password, mfa several factors, otp a one-time code (RFC 8176)"},
		"at_hash":               {Label: "Access token hash", About: "ties an ID token to the access token that came with it"},
		"c_hash":                {Label: "Code hash", About: "ties an ID token to the authorization code that came with it"},
		"s_hash":                {Label: "State hash", About: "ties an ID token to the state of the login request"},
		"sid":                   {Label: "Session id", About: "the person's session at the issuer; a logout token names it"},
		"name":                  {Label: "Name", About: "the person's full name for display"},
		"given_name":            {Label: "Given name", About: "the person's first name"},
		"family_name":           {Label: "Family name", About: "the person's last name"},
		"middle_name":           {Label: "Middle name"},
		"nickname":              {Label: "Nickname"},
		"preferred_username":    {Label: "Username", About: "the name the person goes by; it may change, so that only sub identifies them"},
		"profile":               {Label: "Profile page"},
		"picture":               {Label: "Picture"},
		"website":               {Label: "Web site"},
		"email":                 {Label: "E-mail", About: "the person's address; trust it only where email_verified is true"},
		"email_verified":        {Label: "E-mail verified", About: "whether the issuer made sure that the address is the person's"},
		"gender":                {Label: "Gender"},
		"birthdate":             {Label: "Birth date"},
		"zoneinfo":              {Label: "Time zone"},
		"locale":                {Label: "Locale"},
		"phone_number":          {Label: "Phone"},
		"phone_number_verified": {Label: "Phone verified", About: "whether the issuer made sure that the number is the person's"},
		"address":               {Label: "Address"},
		"client_id":             {Label: "Client id", About: "the client that requested the token (RFC 9068)"},
		"scope":                 {Label: "Scope", About: "what the client may do, separated by blanks (RFC 8693)"},
		"act":                   {Label: "Actor", About: "who acts on behalf of the subject (RFC 8693)"},
		"may_act":               {Label: "May act for it", About: "who may act on behalf of the subject (RFC 8693)"},
		"roles":                 {Label: "Roles", About: "the subject's roles; APIs decide by them what it may do"},
		"groups":                {Label: "Groups", About: "the groups that the subject belongs to"},
		"entitlements":          {Label: "Entitlements", About: "what the subject is entitled to (RFC 9068)"},
		"authorization_details": {Label: "Authorization details", About: "what the client may do, in detail (RFC 9396)"},
		"cnf":                   {Label: "Bound to key", About: "the token works only with this key: copying it is not enough (RFC 7800)"},
		"events":                {Label: "Events", About: "what happened, by the type of event (RFC 8417)"},
		"vct":                   {Label: "Credential type", About: "the type of a verifiable credential in an SD-JWT"},
		"htm":                   {Label: "Method", About: "the method of the one request that the proof is for (RFC 9449)"},
		"htu":                   {Label: "Address of the request", About: "the address of the one request that the proof is for (RFC 9449)"},
		"ath":                   {Label: "Access token hash", About: "ties the proof to an access token (RFC 9449)"},

		// Microsoft Entra ID
		"oid":                 {Label: "Object id", About: "the user's or service's id in the tenant, the same in all applications (Entra)"},
		"tid":                 {Label: "Tenant id", About: "the tenant, which is the organization that the user is logged in to (Entra)"},
		"scp":                 {Label: "Scope", About: "what the application may do on behalf of the user (Entra, Okta)"},
		"upn":                 {Label: "User principal name", About: "the user's name in the directory; it may change, so do not identify users by it (Entra)"},
		"unique_name":         {Label: "Unique name", About: "a name for display, not unique in spite of its name (Entra)"},
		"appid":               {Label: "Application id", About: "the client that the token was issued to (Entra, version 1)"},
		"appidacr":            {Label: "Client authentication", About: "how the client authenticated: 0 not at all, 1 with a secret, 2 with a certificate (Entra, version 1)"},
		"azpacr":              {Label: "Client authentication", About: "how the client authenticated: 0 not at all, 1 with a secret, 2 with a certificate (Entra)"},
		"idp":                 {Label: "Identity provider", About: "who authenticated the user, if it was not the issuer (Entra)"},
		"idtyp":               {Label: "Subject type", About: "app for an application without a user (Entra)"},
		"aio":                 {Label: "For Entra itself", About: "internal to Entra; an API ignores it"},
		"rh":                  {Label: "For Entra itself", About: "internal to Entra; an API ignores it"},
		"uti":                 {Label: "Token id", About: "the token's id in the sign-in logs (Entra)"},
		"ver":                 {Label: "Version", About: "the version of the token's format; Entra has 1.0 and 2.0"},
		"wids":                {Label: "Directory roles", About: "the ids of the administrator roles that the user has in the tenant (Entra)"},
		"ipaddr":              {Label: "IP address", About: "the address that the user logged in from (Entra)"},
		"hasgroups":           {Label: "Has groups", About: "the user is in too many groups for the token; ask Microsoft Graph for them (Entra)"},
		"onprem_sid":          {Label: "On-premises id", About: "the user's security identifier in the local Active Directory (Entra)"},
		"xms_tcdt":            {Label: "Tenant created", Format: "time", About: "when the tenant was created (Entra)"},
		"xms_st":              {Label: "For Microsoft Graph", About: "internal to Microsoft; an API ignores it"},
		"tenant_region_scope": {Label: "Region", About: "the region of the tenant (Entra)"},

		// Auth0 and Okta
		"permissions": {Label: "Permissions", About: "what the user may do with this API by their roles (Auth0)"},
		"gty":         {Label: "Grant", About: "the grant that the client used, such as client-credentials (Auth0)"},
		"org_id":      {Label: "Organization id", About: "the organization that the user logged in to (Auth0)"},
		"org_name":    {Label: "Organization", About: "the organization that the user logged in to (Auth0)"},
		"uid":         {Label: "User id", About: "the user's id (Okta)"},
		"cid":         {Label: "Client id", About: "the client that requested the token (Okta)"},

		// Amazon Cognito
		"token_use":              {Label: "Use", About: "access for APIs, id for the application: an API must accept access alone (Cognito)"},
		"cognito:username":       {Label: "Username", About: "the user's name in the user pool (Cognito)"},
		"cognito:groups":         {Label: "Groups", About: "the groups of the user pool that the user belongs to (Cognito)"},
		"cognito:roles":          {Label: "IAM roles", About: "the roles of AWS that the user's groups bring (Cognito)"},
		"cognito:preferred_role": {Label: "Preferred role", About: "the role of AWS of the user's most important group (Cognito)"},
		"origin_jti":             {Label: "Login id", About: "the id of the login, shared by its tokens; revoking the refresh token revokes them all (Cognito)"},
		"event_id":               {Label: "Event id", About: "the event of the login in the logs (Cognito)"},
		"identities":             {Label: "Identities", About: "the accounts elsewhere that the user logged in with (Cognito)"},
		"device_key":             {Label: "Device", About: "the device that is remembered (Cognito)"},

		// Keycloak
		"realm_access":       {Label: "Realm roles", About: "the user's roles in the whole realm (Keycloak)"},
		"realm_access.roles": {Label: "Roles", About: "the user's roles in the whole realm (Keycloak)"},
		"resource_access":    {Label: "Client roles", About: "the user's roles by client (Keycloak)"},
		"allowed-origins":    {Label: "Allowed origins", About: "the web origins that browsers may call from with this client (Keycloak)"},
		"session_state":      {Label: "Session", About: "the session in the realm (Keycloak)"},
		"typ":                {Label: "Type", About: "what the token is, and how to read it; a Keycloak claim of this name is Bearer, ID or Refresh"},

		// Firebase
		"firebase":                  {Label: "Firebase", About: "how the user logged in, and the identities of the account (Firebase)"},
		"firebase.sign_in_provider": {Label: "Login provider", About: "how the user logged in: password, google.com, anonymous (Firebase)"},
		"firebase.identities":       {Label: "Identities", About: "the accounts elsewhere that belong to the user (Firebase)"},
		"firebase.tenant":           {Label: "Tenant", About: "the tenant of the project (Firebase)"},
		"user_id":                   {Label: "User id", About: "the user's id, the same as sub (Firebase)"},

		// Kubernetes
		"kubernetes.io":                                     {Label: "Kubernetes", About: "what the service account's token is bound to; it ends with the pod (Kubernetes)"},
		"kubernetes.io.namespace":                           {Label: "Namespace", About: "the namespace of the service account (Kubernetes)"},
		"kubernetes.io.pod":                                 {Label: "Pod", About: "the pod that the token ends with (Kubernetes)"},
		"kubernetes.io.pod.name":                            {Label: "Pod", About: "the pod that the token ends with (Kubernetes)"},
		"kubernetes.io.node":                                {Label: "Node", About: "the node that the pod runs on (Kubernetes)"},
		"kubernetes.io.serviceaccount":                      {Label: "Service account", About: "the account that the cluster sees in the caller (Kubernetes)"},
		"kubernetes.io.warnafter":                           {Label: "Renew from", Format: "time", About: "from this time on the cluster logs that the token should have been renewed (Kubernetes)"},
		"kubernetes.io/serviceaccount/namespace":            {Label: "Namespace", About: "the namespace of the service account; such a token does not expire (Kubernetes)"},
		"kubernetes.io/serviceaccount/service-account.name": {Label: "Service account", About: "the account that the cluster sees in the caller (Kubernetes)"},

		// headers: RFC 7515 and RFC 7516
		"alg":      {Label: "Algorithm", About: "how the token is signed, or how its key is encrypted (RFC 7518)"},
		"enc":      {Label: "Encryption", About: "how the content is encrypted (RFC 7518)"},
		"zip":      {Label: "Compression", About: "the content was compressed before it was encrypted (RFC 7516)"},
		"cty":      {Label: "Content type", About: "what the content is; JWT for a token inside (RFC 7515)"},
		"kid":      {Label: "Key id", About: "which of the issuer's keys signed the token (RFC 7515)"},
		"jku":      {Label: "Key set URL", About: "where the token says its keys are; a server must not believe it (RFC 8725)"},
		"jwk":      {Label: "Key", About: "the key that the token brings along; a server must not believe it (RFC 8725)"},
		"x5u":      {Label: "Certificate URL", About: "where the token says its certificate is; a server must not believe it (RFC 8725)"},
		"x5c":      {Label: "Certificates", About: "the certificate of the key that signed the token (RFC 7515)"},
		"x5t":      {Label: "Certificate hash", About: "which certificate belongs to the key, by its SHA-1 (RFC 7515)"},
		"x5t#S256": {Label: "Certificate hash", About: "which certificate belongs to the key, by its SHA-256 (RFC 7515)"},
		"crit":     {Label: "Must be understood", About: "servers that do not understand these parameters must refuse the token (RFC 7515)"},
		"b64":      {Label: "Payload encoding", About: "false: the payload is written as it is, without base64url (RFC 7797)"},
		"p2c":      {Label: "Rounds", About: "how often the password is hashed (RFC 7518)"},
	}
})
