// node oidc-provider.mjs MODULES DATA LIFE KEYS [TLS]: serves oidc-provider, whose access tokens
// live LIFE seconds, says its port on standard output, and ends with standard input. With TLS, as
// JSON {key, cert, ca}, it serves https and asks each client for a certificate of the authority ca.
import http from 'node:http';
import https from 'node:https';
import { pathToFileURL } from 'node:url';

const [modules, , life, keys, tls] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(`${modules}/node_modules/oidc-provider/lib/index.js`));
const secret = 'canary secret+%&';
const robots = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
let handle = (req, res) => res.end();
const listener = (req, res) => handle(req, res);
const server = tls
  ? https.createServer({ ...JSON.parse(tls), requestCert: true, rejectUnauthorized: false }, listener)
  : http.createServer(listener);
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const provider = new Provider(`${tls ? 'https' : 'http'}://127.0.0.1:${port}`, {
    clients: [
      { client_id: 'robot', client_secret: secret, ...robots },
      { client_id: 'signer', token_endpoint_auth_method: 'private_key_jwt', jwks: JSON.parse(keys), ...robots },
      { client_id: 'poster', client_secret: secret, token_endpoint_auth_method: 'client_secret_post', ...robots },
      { client_id: 'certified', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=robot', ...robots },
      {
        client_id: 'desk', token_endpoint_auth_method: 'none', application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'], redirect_uris: ['http://127.0.0.1/callback'],
      },
    ],
    clientAuthMethods: ['client_secret_basic', 'client_secret_jwt', 'client_secret_post', 'private_key_jwt', 'none', 'tls_client_auth'],
    features: {
      clientCredentials: { enabled: true }, deviceFlow: { enabled: true }, introspection: { enabled: true }, revocation: { enabled: true },
      devInteractions: { enabled: true },
      mTLS: {
        enabled: true, tlsClientAuth: true,
        getCertificate: (ctx) => ctx.socket.getPeerX509Certificate?.()?.toString(),
        certificateAuthorized: (ctx) => ctx.socket.authorized === true,
        certificateSubjectMatches: (ctx, property, expected) => ctx.socket.getPeerX509Certificate().subject === expected,
      },
    },
    ttl: { AccessToken: +life, ClientCredentials: +life, RefreshToken: 86400, IdToken: 600, Grant: 86400, Interaction: 600, Session: 600, AuthorizationCode: 60 },
    rotateRefreshToken: true,
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['test'] },
  });
  handle = provider.callback();
  console.log(port);
});
process.stdin.on('end', () => process.exit()).resume();
