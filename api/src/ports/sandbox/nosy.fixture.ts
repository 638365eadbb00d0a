import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'

// What a file could make of a reader that it took over: it tries to look around, and says what it found.

const [port = '', secret = ''] = process.argv.slice(2)
const tried = (act: () => unknown) => {
  try {
    return String(act())
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'failed'
  }
}

const input: Buffer[] = []
for await (const part of process.stdin) input.push(part as Buffer)
const wish = Buffer.concat(input).toString()
if (wish === 'loop') for (;;);
if (wish === 'grow') for (const kept: Buffer[] = []; ;) kept.push(Buffer.alloc(64 * 1024 * 1024, 1))
if (wish === 'flood') for (;;) process.stdout.write('x'.repeat(65_536))

const reached = await new Promise<string>((resolve) => {
  const socket = connect(Number(port), '127.0.0.1', () => resolve('connected'))
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'))
})
const found = {
  reached,
  own: tried(() => readFileSync(import.meta.filename).length > 0),
  secret: tried(() => readFileSync(secret, 'utf8')),
  passwd: tried(() => readFileSync('/etc/passwd', 'utf8').slice(0, 4)),
  processes: tried(() => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length),
  written: tried(() => writeFileSync('/tmp/x', 'x')),
  environment: Object.keys(process.env).toSorted(),
}
process.stdout.write(JSON.stringify(found), () => process.exit(0))
