import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rename, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '#lib/app-error.ts'
import { makeDataFolder } from '#ports/children/data-folder.ts'
import { type Engine, shareEngine } from '#ports/children/engine.ts'
import { commandLine, signalProcess } from '#ports/children/process-id.ts'

export type BundledChroma = { url: string } & AsyncDisposable

type Running = { pid: number; port: number }

const startMaxMs = 30_000
const stopMaxMs = 3_000
const heartbeatMaxMs = 2_000

/** Chroma from npm as a child process on a free loopback port, which it keeps for as long as anyone holds it. @throws unavailable */
export async function openBundledChroma(options: { dataDir: string; onProgress?: (line: string) => void }): Promise<BundledChroma> {
  const { dataDir, onProgress = () => {} } = options
  const folder = await makeDataFolder(join(dataDir, 'chroma'))
  const server = createChromaServer(folder)
  const engine = await shareEngine(server, onProgress)
  return { url: server.url(), [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() }
}

function createChromaServer(folder: string): Engine & { url(): string } {
  const data = join(folder, 'data')
  const file = join(folder, 'server.json')

  const recorded = (): Running | undefined => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Running
    } catch {
      return undefined
    }
  }
  const running = () => {
    const server = recorded()
    return server && commandLine(server.pid)?.includes(data) ? server : undefined
  }

  const stop = async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const server = running()
      if (!server) return
      signalProcess(server.pid, signal)
      const deadline = Date.now() + stopMaxMs
      while (running() && Date.now() < deadline) await sleep(10)
    }
  }
  const start = async () => {
    // One that no longer answers still holds the data.
    await stop()
    // The port of the last time when it is still free, for others may hold its URL.
    const port = await freePort(recorded()?.port)
    const child = await launch(data, port, join(folder, 'log'))
    await writeFile(`${file}.part`, JSON.stringify({ pid: child.pid, port }))
    // Half of it would hide the server that it names, and a second one would open the same data.
    await rename(`${file}.part`, file)
    await ready(child, port, join(folder, 'log'))
  }
  const answering = async () => {
    const server = running()
    return server !== undefined && (await answers(server.port, heartbeatMaxMs))
  }

  return {
    name: 'Chroma',
    folder,
    isRunning: () => running() !== undefined,
    answers: answering,
    start,
    stop,
    url: () => `http://127.0.0.1:${recorded()?.port}`,
  }
}

async function launch(data: string, port: number, log: string): Promise<ChildProcess> {
  await using output = await open(log, 'a', 0o600)
  const cli = join(dirname(findPackageJSON('chromadb', import.meta.url)!), 'dist/cli.mjs')
  const child = spawn(process.execPath, [cli, 'run', '--host', '127.0.0.1', '--port', String(port), '--path', data], {
    // Chroma reads CHROMA_* and OTEL_*; ours are not meant for it.
    env: { HOME: dirname(data), ANONYMIZED_TELEMETRY: 'False' },
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  })
  await once(child, 'spawn')
  child.unref()
  return child
}

async function ready(child: ChildProcess, port: number, log: string): Promise<void> {
  const deadline = Date.now() + startMaxMs
  while (!(await answers(port, heartbeatMaxMs))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      const lines = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-5)
      throw new AppError('unavailable', `The bundled Chroma does not start; see ${log}, or set CHROMA_URL.`, { cause: new Error(lines.join('\n')) })
    }
    await sleep(20)
  }
}

async function answers(port: number, timeoutMs: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/v2/heartbeat`, { signal: AbortSignal.timeout(timeoutMs) })
    return response.ok && 'nanosecond heartbeat' in ((await response.json()) as object)
  } catch {
    return false
  }
}

async function freePort(wanted = 0): Promise<number> {
  const server = createServer()
  try {
    await once(server.listen(wanted, '127.0.0.1'), 'listening')
  } catch {
    return freePort()
  }
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
