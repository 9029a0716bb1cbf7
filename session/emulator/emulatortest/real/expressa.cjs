// node expressa.cjs MODULES DATA: serves expressa below /api on a free port of
// 127.0.0.1, says which on standard output, and ends with standard input.
const { createRequire } = require('module')
const [modules, data] = process.argv.slice(2)
const need = createRequire(modules + '/')

console.log = console.error // expressa talks; standard output is for the port

const api = need('expressa').api({ file_storage_path: data })
const app = need('express')()
app.use('/api', api)
api.addListener('ready', function listen () {
  const server = app.listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + '\n'))
})
process.stdin.on('end', () => process.exit(0)).resume()
