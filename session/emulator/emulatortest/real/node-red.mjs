// node node-red.mjs MODULES DATA: serves Node-RED with the user ada, says its port on
// standard output, and ends with standard input.
import { createRequire } from 'node:module'
import { createServer } from 'node:http'

const [modules, data] = process.argv.slice(2)
const need = createRequire(modules + '/')
const express = createRequire(need.resolve('node-red'))('express')
const RED = need('node-red')
const hash = createRequire(need.resolve('node-red'))('@node-rs/bcrypt')

const app = express()
const server = createServer(app)
RED.init(server, {
  userDir: data,
  httpAdminRoot: '/',
  httpNodeRoot: '/api',
  logging: { console: { level: 'off' } },
  telemetry: { enabled: false },
  adminAuth: {
    type: 'credentials',
    users: [{ username: 'ada', password: await hash.hash('open-sesame', 8), permissions: '*' }]
  }
})
app.use('/', RED.httpAdmin)
server.listen(0, '127.0.0.1', async () => {
  await RED.start()
  process.stdout.write(server.address().port + '\n')
})
process.stdin.on('end', () => process.exit(0)).resume()
