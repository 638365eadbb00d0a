import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Reading } from './programs/probe.ts'

export type Program = { url: string; pid: number; read(options?: { collect?: boolean }): Promise<Reading>; stop(): Promise<void> } & AsyncDisposable

const probe = new URL('programs/probe.ts', import.meta.url).href
const startMsMax = 60_000
/** Longer than Jarvis takes to end in good order, and than V8 takes to write the profile of minutes. */
const stopMsMax = 120_000

/** A program of ours in a process of its own, which tells its URL when it is ready. */
export const startProgram = (name: string, settings: Record<string, string> = {}): Promise<Program> =>
  launch(fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url)), settings, (child) =>
    once(child, 'message').then(([message]) => (message as { url: string }).url),
  )

/** Jarvis as an operator starts it. BENCH_CPU_PROFILE names a folder for profiles of V8. */
export const startMain = (settings: Record<string, string>): Promise<Program> =>
  launch(fileURLToPath(new URL('../api/src/main.ts', import.meta.url)), settings, async (child) => {
    let output = ''
    for await (const text of child.stderr!) {
      output += String(text)
      if (output.includes('Jarvis is ready')) return `http://127.0.0.1:${settings.PORT}`
    }
    throw new Error(`Jarvis does not start:\n${output}`)
  })

async function launch(file: string, settings: Record<string, string>, ready: (child: ChildProcess) => Promise<string>): Promise<Program> {
  const profiles = process.env.BENCH_CPU_PROFILE
  const profiling = profiles && file.endsWith('main.ts') ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : []
  // As `npm start` and the images start it.
  const young = file.endsWith('main.ts') ? ['--max-semi-space-size=16'] : []
  const child = spawn(process.execPath, ['--expose-gc', ...young, '--import', probe, ...profiling, file], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...settings },
    stdio: ['ignore', 'ignore', file.endsWith('main.ts') ? 'pipe' : 'inherit', 'ipc'],
  })
  child.setMaxListeners(0)
  const url = await Promise.race([ready(child), died(child), timeout(startMsMax)])
  child.stderr?.resume()
  let probes = 0

  async function stop(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    const late = setTimeout(() => {
      console.error(`${file} did not end within ${stopMsMax} ms: its profile is lost, and its engines go on`)
      child.kill('SIGKILL')
    }, stopMsMax)
    await exit
    clearTimeout(late)
  }

  return {
    url,
    pid: child.pid!,
    read: ({ collect = false } = {}) =>
      new Promise((resolve) => {
        const id = ++probes
        const listen = (message: { probe?: number; reading?: Reading }) => {
          if (message.probe !== id) return
          child.off('message', listen)
          resolve(message.reading!)
        }
        child.on('message', listen)
        child.send({ probe: id, collect })
      }),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

const died = (child: ChildProcess) => once(child, 'exit').then(([code]) => Promise.reject(new Error(`a program ended with ${code}`)))

function timeout(ms: number): Promise<never> {
  return new Promise((_resolve, reject) => setTimeout(() => reject(new Error(`not ready after ${ms} ms`)), ms).unref())
}
