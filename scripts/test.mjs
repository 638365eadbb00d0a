import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { buildWebApp } from './build-web.mjs'
import { install, root, runQuietly, step } from './install.mjs'

/** What the tests run for real and npm does not carry: program → Debian package. */
const programs = {
  'redis-server': 'redis-server',
  chromium: 'chromium',
  'chromium-headless-shell': 'chromium-headless-shell',
  bwrap: 'bubblewrap',
  nginx: 'nginx',
  openssl: 'openssl',
  promtool: 'prometheus',
  ps: 'procps',
  jq: 'jq',
  file: 'file',
}

// Debian keeps nginx where only root's PATH looks; the tests get this one.
process.env.PATH = `${process.env.PATH ?? ''}${delimiter}/usr/sbin`

const node = await install()
await installPrograms()
await buildWebApp(node)

const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)]
const child = spawn(node, vitest, { cwd: root, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))

async function installPrograms() {
  const missing = Object.keys(programs).filter((program) => !isInstalled(program))
  if (missing.length === 0) return
  const packages = missing.map((program) => programs[program])
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const command = `sudo apt-get install ${packages.join(' ')}`
  if (!isInstalled('apt-get') || (prefix.length > 0 && spawnSync('sudo', ['-n', 'true']).status !== 0)) {
    process.stderr.write(`  ✗ The tests need ${packages.join(' and ')}. Install them, then run npm test again:\n\n    ${command}\n\n`)
    process.exit(1)
  }
  const aptGet = (...args) => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]
    return runQuietly(command, rest)
  }
  await step(`Programs for the tests: ${packages.join(', ')}`, async () => {
    await aptGet('update', '-qq')
    await aptGet('install', '-y', '-qq', '--no-install-recommends', ...packages)
  })
}

function isInstalled(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}
