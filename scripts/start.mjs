import { spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join, resolve } from 'node:path'
import * as util from 'node:util'
import { buildWebApp } from './build-web.mjs'
import { envFile, install, root } from './install.mjs'
import { watchParents } from './parent-watch.mjs'

const isDev = process.argv.includes('--dev')
// Node before 20.12 cannot read .env; the server, on Node 24, can.
const dotenv = envFile.length > 0 ? (util.parseEnv?.(readFileSync(join(root, '.env'), 'utf8')) ?? {}) : {}
const settings = { ...dotenv, ...process.env }
const environment = { ...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/v8') }

/** Who started us is gone: before there is a server, we are too. */
let orphaned = () => process.exit(128 + constants.signals.SIGTERM)
watchParents(() => orphaned())

const node = await install()
if (isDev) startDevelopment()
else {
  await buildWebApp(node)
  startServer()
}

function startServer() {
  // On a machine with much memory V8 lets what is young grow to 128 MB, and keeps it.
  const args = ['--max-semi-space-size=16', ...envFile, 'api/src/main.ts']
  // The server ends when the channel closes: it does not outlive a start.mjs that was killed.
  const server = launch('Jarvis', args, { stdio: ['ignore', logOutput(), 'inherit', 'ipc'] })
  endWith([server])
}

function startDevelopment() {
  const port = settings.PORT ?? '3000'
  const origins = [settings.ALLOWED_ORIGINS, 'http://localhost:5173'].filter(Boolean).join(',')
  const env = { ...environment, ALLOWED_ORIGINS: origins, JARVIS_URL: `http://127.0.0.1:${port}` }
  const server = launch('Jarvis', ['--watch', ...envFile, 'api/src/main.ts'], { env, stdio: ['ignore', 'inherit', 'inherit'] })
  const web = launch('Vite', [join(root, 'node_modules/vite/bin/vite.js')], { env, cwd: join(root, 'web'), stdio: ['ignore', 'inherit', 'inherit'] })
  endWith([server, web])
}

/** JSON lines are for machines: on a terminal they go to a file. */
function logOutput() {
  if (!process.stdout.isTTY) return 'inherit'
  const folder = resolve(root, settings.DATA_DIR ?? './data')
  try {
    mkdirSync(folder, { recursive: true })
    const file = join(folder, 'jarvis.log')
    const output = openSync(file, 'a', 0o600)
    process.stderr.write(`  · Logs go to ${file}\n`)
    return output
  } catch {
    return 'inherit'
  }
}

function launch(name, args, options) {
  // In a group of its own, so that Ctrl-C reaches it once: from us.
  const child = spawn(node, args, { cwd: root, env: environment, detached: true, ...options })
  child.on('error', (error) => {
    process.stderr.write(`  ✗ ${name} does not start: ${error.message}\n`)
    process.exit(1)
  })
  return child
}

/** Passes signals on and ends with the first child that ends; asked a second time, at once. */
function endWith(children) {
  let askedAt = 0
  const ask = () => {
    // One Ctrl-C comes twice: from the terminal and from npm.
    if (askedAt && Date.now() - askedAt < 500) return
    const signal = askedAt ? 'SIGKILL' : 'SIGTERM'
    askedAt = Date.now()
    for (const child of children) child.kill(signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, ask)
  // npm may leave before the server has ended: to ask a second time would kill it.
  orphaned = () => askedAt || ask()

  let running = children.length
  let result
  for (const child of children) {
    child.once('exit', (code, signal) => {
      result ??= code ?? 128 + constants.signals[signal]
      if (--running === 0) process.exit(result)
      if (!askedAt) ask()
    })
  }
}
