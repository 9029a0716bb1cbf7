// node firebase.mjs MODULES DATA: serves the emulator of Firebase Authentication with
// the user ada, says its port on standard output, and ends with standard input.
import { createRequire } from 'node:module'

const need = createRequire(process.argv[2] + '/')
process.env.FIREBASE_CLI_DISABLE_UPDATE_CHECK = '1'
console.log = console.error // it talks; standard output is for the port
const { createApp } = need('firebase-tools/lib/emulator/auth/server.js')
const app = await createApp('demo-tokenring')
const server = app.listen(0, '127.0.0.1', async () => {
  const { port } = server.address()
  await fetch(`http://127.0.0.1:${port}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=key`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', password: 'open-sesame' })
  })
  process.stdout.write(port + '\n')
})
process.stdin.on('end', () => process.exit(0)).resume()
