import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commandLine } from '#ports/children/process-id.ts'
import { openBundledChroma } from './bundled-chroma.ts'

let dataDir: string

beforeEach(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'jarvis-chroma-')))
})

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true })
})

test('it answers on loopback, and is gone when it is closed', async () => {
  const chroma = await openBundledChroma({ dataDir })
  expect(new URL(chroma.url).hostname).toBe('127.0.0.1')
  expect(await heartbeat(chroma.url)).toBe(true)
  const pid = await serverPid()
  await chroma[Symbol.asyncDispose]()
  expect(commandLine(pid)).toBeUndefined()
})

test('a server whose Node was killed is adopted', async () => {
  const child = await openInChild()
  const pid = await serverPid()
  child.kill('SIGKILL')
  await once(child, 'exit')
  await using chroma = await openBundledChroma({ dataDir })
  expect(await heartbeat(chroma.url)).toBe(true)
  expect(await serverPid()).toBe(pid)
})

test('an orphan that no longer answers is ended and replaced', async () => {
  const child = await openInChild()
  const pid = await serverPid()
  child.kill('SIGKILL')
  process.kill(pid, 'SIGSTOP')
  await using chroma = await openBundledChroma({ dataDir })
  expect(await heartbeat(chroma.url)).toBe(true)
  expect(commandLine(pid)).toBeUndefined()
})

test('a server that dies comes back at the same address', async () => {
  await using chroma = await openBundledChroma({ dataDir })
  const pid = await serverPid()
  process.kill(pid, 'SIGKILL')
  await expect.poll(serverPid).not.toBe(pid)
  await expect.poll(() => heartbeat(chroma.url)).toBe(true)
})

async function heartbeat(url: string): Promise<boolean> {
  return (await fetch(`${url}/api/v2/heartbeat`)).ok
}

async function serverPid(): Promise<number> {
  return (JSON.parse(await readFile(join(dataDir, 'chroma/server.json'), 'utf8')) as { pid: number }).pid
}

async function openInChild() {
  const program = `
    const { openBundledChroma } = await import(${JSON.stringify(new URL('bundled-chroma.ts', import.meta.url))})
    await openBundledChroma({ dataDir: ${JSON.stringify(dataDir)} })
    process.stdout.write('open')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'ignore'] })
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => Promise.reject(new Error('The child ended early')))])
  return child
}
