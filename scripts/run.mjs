import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { buildWebApp } from './build-web.mjs'
import { envFile, install, root, runQuietly } from './install.mjs'

const [task, ...args] = process.argv.slice(2)
const node = await install()
const bin = (name) => join(root, 'node_modules/.bin', name)
const environment = {
  ...process.env,
  NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/v8'),
  // Tools that start `node` themselves get this one.
  PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
}

const checks = {
  format: [bin('oxfmt'), '--check', '.'],
  lint: [bin('oxlint'), '--type-aware'],
  types: [bin('tsc'), '-p', 'tsconfig.json'],
  'types of the web app': [bin('tsc'), '-p', 'web/tsconfig.json'],
  layers: ['scripts/check-layers.ts'],
  rights: ['scripts/check-rights.ts'],
  'owners of tables': ['scripts/check-owners.ts'],
  expressions: ['scripts/check-expressions.ts'],
  words: ['scripts/check-words.ts'],
  prose: ['scripts/check-prose.ts'],
  migrations: ['scripts/check-migrations.ts'],
  'descriptions of APIs': ['scripts/check-apis.ts'],
  deployment: ['scripts/check-deploy.ts'],
  'dead code': [bin('knip')],
}

if (task === 'check') await check()
else if (task === 'fix') await fix()
else if (task === 'build') await buildWebApp(node)
else if (task === 'migrations') run(bin('drizzle-kit'), 'generate', '--config', 'api/drizzle.config.ts', ...args)
else if (task === 'jarvis') run('api/src/cli.ts', ...args)
else if (task === 'eval') run('api/src/cli.ts', 'eval', ...args)
else if (task === 'train') run('api/src/train.ts', ...args)
else if (task === 'bench') run('bench/index.ts', ...args)
else {
  process.stderr.write('usage: node scripts/run.mjs check | fix | build | eval | train | bench | jarvis | migrations [arguments]\n')
  process.exit(2)
}

async function check() {
  const waiting = Object.entries(checks)
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await one(...next)
  }
  await Promise.all([worker(), worker()])
}

async function fix() {
  await runQuietly(node, [bin('oxfmt'), '.'], { env: environment })
  await runQuietly(node, [bin('oxlint'), '--type-aware', '--fix'], { env: environment })
}

async function one(name, command) {
  const started = Date.now()
  const line = (sign) => `  ${sign} ${name.padEnd(22)}${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s\n`
  try {
    const told = await runQuietly(node, command, { env: environment })
    // A check of our own that passed says only what it could not look at here.
    const missed = command[0].startsWith('scripts/') ? told : ''
    process.stdout.write(`${line('✓')}${missed.replace(/^(?=.)/gm, '      ')}`)
  } catch (error) {
    process.stdout.write(`${line('✗')}\n${error.message}\n\n`)
    process.exitCode = 1
  }
}

function run(...command) {
  const child = spawn(node, [...envFile, ...command], { cwd: root, env: environment, stdio: 'inherit' })
  // Ctrl-C reaches the child from the terminal; what is sent to us alone is passed on.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}
