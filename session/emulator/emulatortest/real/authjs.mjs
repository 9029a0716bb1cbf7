// node authjs.mjs MODULES DATA: serves Auth.js with a credentials provider below /auth,
// says its port on standard output, and ends with standard input.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const need = createRequire(process.argv[2] + '/')
const load = name => import(pathToFileURL(need.resolve(name)))
const express = need('express')
const { ExpressAuth } = await load('@auth/express')
const { default: Credentials } = await load('@auth/express/providers/credentials')

const app = express()
app.use('/auth/*', ExpressAuth({
  secret: 'a secret for tests, as long as it has to be',
  trustHost: true,
  providers: [Credentials({
    credentials: { username: {}, password: {} },
    authorize: given => given.username === 'ada' && given.password === 'open-sesame' ? { id: '1', name: 'Ada', email: 'ada@example.com' } : null
  })],
  logger: { error () {}, warn () {} }
}))
const server = app.listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + '\n'))
process.stdin.on('end', () => process.exit(0)).resume()
