import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { root } from './install.mjs'

// Builds the images of deploy/Dockerfile with whatever builder is here, tries each, and says what it could not check.

const engines = ['DATABASE_URL', 'REDIS_URL', 'CHROMA_URL']
/** What each runs, and where it says that it is up. */
const programs = {
  all: { file: 'api/src/main.ts', path: '/readyz' },
  api: { file: 'api/src/main.ts', path: '/readyz' },
  worker: { file: 'api/src/main.ts', path: '/readyz' },
  browser: { file: 'api/src/browser.ts', path: '/healthz' },
}
const startMsMax = 60_000

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true, default: ['all', 'api', 'worker', 'browser'] },
    tag: { type: 'string', default: 'local' },
    'node-image': { type: 'string' },
    'debian-image': { type: 'string' },
    // The way into an organisation's own npm registry.
    npmrc: { type: 'string' },
  },
})
const unchecked = new Set()
let failed = false

const builder = findBuilder()
if (!builder) {
  console.error('Neither docker (with its daemon), podman nor buildah is here: no image was built, and nothing of deploy/Dockerfile was checked.')
  process.exit(1)
}
writeSbom()
for (const target of values.target) {
  const image = `jarvis-${target}:${values.tag}`
  build(target, image)
  console.log(`${image}: ${megabytes(sizeOf(image))} MB uncompressed`)
  await tryImage(target, image)
}
for (const line of unchecked) console.log(`Not checked: ${line}`)
process.exit(failed ? 1 : 0)

function findBuilder() {
  const works = (...command) => spawnSync(command[0], command.slice(1), { stdio: 'ignore' }).status === 0
  if (works('docker', 'info')) return { name: 'docker', build: ['docker', 'build'], runs: true }
  if (works('podman', 'info')) return { name: 'podman', build: ['podman', 'build', '--format', 'docker'], runs: true }
  // In a container buildah may have no namespaces of its own: chroot asks for none, and isolates nothing either.
  if (works('buildah', '--version'))
    return { name: 'buildah', build: ['buildah', 'bud', '--layers', '--format', 'docker', '--isolation', 'chroot'], runs: false }
  return undefined
}

function build(target, image) {
  const secret = values.npmrc ? ['--secret', `id=npmrc,src=${values.npmrc}`] : []
  if (values['node-image'] || values['debian-image']) unchecked.add('the base images that deploy/Dockerfile pins; others were named in their place')
  const [command, ...args] = builder.build
  const { status } = spawnSync(command, [...args, '--file', dockerfile(), '--target', target, '--tag', image, ...secret, '.'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) process.exit(1)
}

/** deploy/Dockerfile, or a copy of it on other bases. */
function dockerfile() {
  if (!values['node-image'] && !values['debian-image']) return 'deploy/Dockerfile'
  const file = join(mkdtempSync(join(tmpdir(), 'jarvis-image-')), 'Dockerfile')
  const onBase = (text, stage, image) => (image ? text.replace(new RegExp(`^FROM \\S+ AS ${stage}$`, 'm'), `FROM ${image} AS ${stage}`) : text)
  const text = onBase(readFileSync(join(root, 'deploy/Dockerfile'), 'utf8'), 'node', values['node-image'])
  writeFileSync(file, onBase(text, 'system', values['debian-image']))
  return file
}

function sizeOf(image) {
  const command = builder.runs ? [builder.name, 'image', 'inspect', '--format', '{{.Size}}', image] : ['buildah', 'images', '--json', image]
  const output = spawnSync(command[0], command.slice(1), { encoding: 'utf8' }).stdout.trim()
  return builder.runs ? Number(output) : JSON.parse(output)[0].size
}

function megabytes(size) {
  return typeof size === 'number' ? (size / 1e6).toFixed(0) : size.replace(/ ?MB$/, '')
}

async function tryImage(target, image) {
  const container = openContainer(image)
  expectOutput(container, 'has no npm', ['-p', `require('node:fs').existsSync('/usr/local/bin/npm')`], 'false')
  expectOutput(container, 'runs as user 1000', ['-p', 'process.getuid()'], '1000')
  const write = `try { require('node:fs').writeFileSync('/app/x', '') } catch ({ code }) { console.log(code) }`
  if (builder.runs) expectOutput(container, 'cannot write to its image', ['-e', write], 'EROFS')
  else unchecked.add(`${target}: read-only root, dropped capabilities and HEALTHCHECK; ${builder.name} alone cannot start a container with them`)
  const missing = ['all', 'browser'].includes(target) ? [] : engines.filter((name) => !process.env[name])
  if (missing.length > 0) unchecked.add(`${target}: serving; set ${missing.join(', ')} to engines that the container may use`)
  else await expectServing(target, container)
  container.remove()
}

/** As orchestrators run it where the builder can: nothing writable but /tmp, no capability, no new privileges. */
function openContainer(image) {
  if (builder.runs) {
    const hardened = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--network', 'host']
    // Low ones: a nested podman may not ask for more than it has.
    const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000']
    const name = `${image.replace(':', '-')}-${process.pid}`
    const test = spawnSync(builder.name, ['image', 'inspect', '--format', '{{json .Config.Healthcheck.Test}}', image], { encoding: 'utf8' }).stdout
    return {
      command: (variables, args) => [builder.name, 'run', '--rm', '--name', name, ...hardened, ...limits, ...flags(variables), image, ...args],
      isHealthy: () => spawnSync(builder.name, ['exec', name, ...JSON.parse(test).slice(1)]).status === 0,
      stop: () => spawnSync(builder.name, ['stop', '--time', '30', name]),
      remove() {},
    }
  }
  const id = spawnSync('buildah', ['from', image], { encoding: 'utf8' }).stdout.trim()
  return {
    command: (variables, args) => ['buildah', 'run', '--isolation', 'chroot', ...flags(variables), id, '--', 'node', ...args],
    remove: () => void spawnSync('buildah', ['rm', id]),
  }
}

function flags(variables) {
  return Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`])
}

function expectOutput(container, claim, args, expected) {
  const [command, ...rest] = container.command({}, args)
  const { stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8' })
  report(claim, stdout.trim() === expected, `said ${stdout.trim() || stderr.trim()}`)
}

async function expectServing(target, container) {
  const port = await freePort()
  const { file, path } = programs[target]
  const settings = ['all', 'browser'].includes(target) ? [] : engines.map((name) => [name, process.env[name]])
  // The secrets of `all` are made in its volume.
  const ofServers = { JWT_SECRET: 'x'.repeat(32), SECRETS_KEY: Buffer.alloc(32).toString('base64'), BLOBS_URL: 'file:/tmp/files' }
  const secret = target === 'all' ? {} : ofServers
  const variables = { ...Object.fromEntries(settings), ...secret, PORT: String(port), HOST: '127.0.0.1' }
  const [command, ...rest] = container.command(variables, [file])
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)))
  const exited = once(child, 'exit')
  const since = performance.now()
  let ready = false
  while (!ready && child.exitCode === null && performance.now() - since < startMsMax) {
    await sleep(200)
    ready = await fetch(`http://127.0.0.1:${port}${path}`).then(
      ({ ok }) => ok,
      () => false,
    )
  }
  report(`is ready after ${((performance.now() - since) / 1000).toFixed(1)} s`, ready, output)
  if (ready && ['all', 'api'].includes(target)) {
    const page = await fetch(`http://127.0.0.1:${port}/`, { headers: { accept: 'text/html' } })
    report('serves the web app', page.ok && (await page.text()).includes('<html'), `answered ${page.status}`)
  }
  if (builder.runs) {
    report('its health check passes', container.isHealthy(), 'it failed')
    container.stop()
    const [code] = await exited
    report('stops in good order', code === 0, `ended with ${code}`)
  } else {
    unchecked.add(`${target}: stopping in good order; ${builder.name} passes no signal on`)
    // The whole group, for the same reason.
    if (child.exitCode === null) process.kill(-Number(child.pid), 'SIGTERM')
    await exited
  }
}

/** What is inside, by the lock file; the scan in .github/workflows/ci.yml adds the Debian packages. */
function writeSbom() {
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['sbom', '--sbom-format=cyclonedx', '--package-lock-only', '--omit=dev', '--workspace', 'api', '--workspace', 'contracts'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  if (status !== 0) return unchecked.add(`the software bill of materials: ${stderr.trim().split('\n')[0]}`)
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(join(root, 'dist/sbom.cdx.json'), stdout)
  console.log(`dist/sbom.cdx.json: ${JSON.parse(stdout).components.length} packages`)
}

function report(claim, isSo, detail) {
  if (!isSo) failed = true
  console.log(isSo ? `  ✓ ${claim}` : `  ✗ ${claim}: ${detail}`)
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}
