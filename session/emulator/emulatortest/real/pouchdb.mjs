// node pouchdb.mjs MODULES DATA: serves express-pouchdb, which speaks as CouchDB, with
// the administrator admin and the user ada, says its port on standard output, and ends
// with standard input.
import { createRequire } from 'node:module'
import { mkdirSync } from 'node:fs'

const [modules, data] = process.argv.slice(2)
const need = createRequire(modules + '/')
mkdirSync(data, { recursive: true })
const PouchDB = need('pouchdb').plugin(need('pouchdb-adapter-memory')).defaults({ adapter: 'memory' })
const app = need('express')()
app.use(need('express-pouchdb')(PouchDB, { configPath: data + '/config.json', logPath: data + '/log.txt' }))
const server = app.listen(0, '127.0.0.1', async () => {
  const at = `http://127.0.0.1:${server.address().port}`
  const put = (path, body, headers) => fetch(at + path, { method: 'PUT', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } })
  await put('/_users/org.couchdb.user:ada', { name: 'ada', password: 'open-sesame', roles: [], type: 'user' })
  await put('/_config/admins/admin', 'open-sesame')
  process.stdout.write(server.address().port + '\n')
})
process.stdin.on('end', () => process.exit(0)).resume()
