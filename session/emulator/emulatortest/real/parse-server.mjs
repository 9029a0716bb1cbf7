// node parse-server.mjs MODULES DATA: serves Parse Server below /parse, on a Postgres in
// this process, with the user ada, says its port on standard output, and ends with
// standard input.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const need = createRequire(process.argv[2] + '/')
const load = name => import(pathToFileURL(need.resolve(name)))
const { PGlite } = await load('@electric-sql/pglite')
const { PGLiteSocketServer } = await load('@electric-sql/pglite-socket')
const say = process.stdout.write.bind(process.stdout)
process.stdout.write = process.stderr.write.bind(process.stderr) // it talks; standard output is for the port

const database = new PGLiteSocketServer({ db: await PGlite.create(), port: 0, host: '127.0.0.1', maxConnections: 100 })
await database.start()
const { default: { ParseServer } } = await load('parse-server')
const express = need('express')
const app = express()
const server = app.listen(0, '127.0.0.1', async () => {
  const { port } = server.address()
  const at = `http://127.0.0.1:${port}/parse`
  const parse = new ParseServer({
    databaseURI: `postgres://postgres:postgres@127.0.0.1:${database.getServerConn().split(':').pop()}/postgres`,
    appId: 'app', masterKey: 'master', restAPIKey: 'rest', serverURL: at, silent: true,
    accountLockout: { duration: 5, threshold: 3 }
  })
  await parse.start()
  app.use('/parse', parse.app)
  await fetch(at + '/users', {
    method: 'POST', body: JSON.stringify({ username: 'ada', password: 'open-sesame' }),
    headers: { 'Content-Type': 'application/json', 'X-Parse-Application-Id': 'app', 'X-Parse-REST-API-Key': 'rest' }
  })
  say(port + '\n')
})
process.stdin.on('end', () => process.exit(0)).resume()
