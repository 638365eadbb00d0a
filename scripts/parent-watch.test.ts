import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const script = (folder: string) => `
import { writeFileSync } from 'node:fs'
import { watchParents } from ${JSON.stringify(new URL('parent-watch.mjs', import.meta.url).href)}
process.on('SIGTERM', () => {}).on('SIGINT', () => {}).on('SIGHUP', () => {})
watchParents(() => { writeFileSync(${JSON.stringify(join(folder, 'ended'))}, 'cleanly'); process.exit(0) })
writeFileSync(${JSON.stringify(join(folder, 'pids.new'))}, [process.pid, process.ppid].join(' '))
import('node:fs').then(({ renameSync }) => renameSync(${JSON.stringify(join(folder, 'pids.new'))}, ${JSON.stringify(join(folder, 'pids'))}))
setInterval(() => {}, 1000)
`

/** A program that hears no signal, under a real npm and the shell that it starts. */
async function startUnderNpm(stack: AsyncDisposableStack, command: string) {
  const folder = await mkdtemp(join(tmpdir(), 'jarvis-npm-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'x', version: '1.0.0', scripts: { start: command } }))
  await writeFile(join(folder, 'run.mjs'), script(folder))
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, npm_config_update_notifier: 'false' }
  const npm = spawn('npm', ['start', '--silent'], { cwd: folder, env, stdio: 'ignore' })
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '')
  await expect.poll(() => read('pids'), { timeout: 60_000 }).toMatch(/^\d+ \d+$/)
  const [own, parent] = (await read('pids')).split(' ').map(Number) as [number, number]
  stack.defer(() => {
    for (const pid of [own, npm.pid!])
      try {
        process.kill(pid, 'SIGKILL')
      } catch {}
  })
  return { npm, own, parent, ended: () => read('ended') }
}

test.each(['SIGTERM', 'SIGKILL'] as const)('who ends npm alone by %s ends what it started', async (signal) => {
  await using stack = new AsyncDisposableStack()
  const { npm, ended } = await startUnderNpm(stack, 'node run.mjs; true')
  expect(await ended()).toBe('')
  npm.kill(signal)
  await expect.poll(ended, { timeout: 30_000 }).toBe('cleanly')
})

test('who ends the shell of npm alone ends what it started', async () => {
  await using stack = new AsyncDisposableStack()
  const { npm, parent, ended } = await startUnderNpm(stack, 'node run.mjs; true')
  expect(parent).not.toBe(npm.pid)
  process.kill(parent, 'SIGKILL')
  await expect.poll(ended, { timeout: 30_000 }).toBe('cleanly')
})

test('without npm a program outlives the shell that started it', async () => {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'jarvis-npm-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await writeFile(
    join(folder, 'run.mjs'),
    script(folder).replace('setInterval(() => {}, 1000)', "setTimeout(() => { writeFileSync('lived', 'on'); process.exit(0) }, 3000)"),
  )
  const { npm_lifecycle_event: _none, ...env } = process.env
  const shell = spawn('sh', ['-c', `${JSON.stringify(process.execPath)} run.mjs & exit 0`], { cwd: folder, env, stdio: 'ignore' })
  await once(shell, 'exit')
  await expect.poll(() => readFile(join(folder, 'lived'), 'utf8').catch(() => ''), { timeout: 60_000 }).toBe('on')
  expect(await readFile(join(folder, 'ended'), 'utf8').catch(() => '')).toBe('')
})
