// node better-auth.mjs MODULES DATA: serves Better Auth with the bearer plugin below
// /api/auth, says its port on standard output, and ends with standard input.
import { createRequire } from 'node:module'
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'

const need = createRequire(process.argv[2] + '/')
const load = name => import(pathToFileURL(need.resolve(name)))
const { betterAuth } = await load('better-auth')
const { memoryAdapter } = await load('better-auth/adapters/memory')
const { bearer } = await load('better-auth/plugins')
const { toNodeHandler } = await load('better-auth/node')

const server = createServer((request, response) => handle(request, response))
let handle
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address()
  const auth = betterAuth({
    baseURL: `http://127.0.0.1:${port}`,
    secret: 'a secret for tests, as long as it has to be',
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true },
    plugins: [bearer()],
    telemetry: { enabled: false },
    rateLimit: { enabled: false }
  })
  handle = toNodeHandler(auth)
  await auth.api.signUpEmail({ body: { name: 'Ada', email: 'ada@example.com', password: 'open-sesame' } })
  process.stdout.write(port + '\n')
})
process.stdin.on('end', () => process.exit(0)).resume()
