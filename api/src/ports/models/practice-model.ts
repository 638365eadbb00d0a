import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { AppError } from '#lib/app-error.ts'

export type PracticeModelProcess = { url: string } & AsyncDisposable

const program = fileURLToPath(new URL('../../practice-model/main.ts', import.meta.url))
const startMaxMs = 10_000
const stopMaxMs = 2000
const backoffMaxMs = 5000
const healthyMs = 10_000

/**
 * The practice model as a child process, for when no provider is set. It is brought back under the same URL when it dies, and it ends with
 * this process, however that ends. @throws unavailable
 */
export async function startPracticeModelProcess(
  options: { tokensPerSecond?: number; onProgress?: (line: string) => void } = {},
): Promise<PracticeModelProcess> {
  const { tokensPerSecond = 60, onProgress = () => {} } = options
  const stopping = new AbortController()
  const first = await launch(0, tokensPerSecond)
  const { url } = first
  let { child } = first

  const supervision = supervise()

  async function supervise(): Promise<void> {
    let backoffMs = 100
    while (!stopping.signal.aborted) {
      const startedAt = performance.now()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      if (stopping.signal.aborted) return
      onProgress('The practice model stopped; starting it again')
      backoffMs = performance.now() - startedAt > healthyMs ? 100 : Math.min(backoffMs * 2, backoffMaxMs)
      await sleep(backoffMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
      try {
        if (!stopping.signal.aborted) child = (await launch(Number(new URL(url).port), tokensPerSecond)).child
      } catch (error) {
        onProgress(`The practice model does not start: ${String(error)}`)
      }
    }
  }

  return {
    url,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await end(child)
      await supervision
      // One that was on its way up when we stopped.
      await end(child)
    },
  }
}

async function launch(port: number, tokensPerSecond: number): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [program, '--port', String(port), '--tokens-per-second', String(tokensPerSecond)], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const line = await Promise.race([
    once(createInterface(child.stdout!), 'line').then(([text]) => String(text)),
    once(child, 'exit').then(() => undefined),
    sleep(startMaxMs, undefined, { ref: false }),
  ])
  if (line === undefined) {
    child.kill('SIGKILL')
    throw new AppError('unavailable', 'The practice model does not start.')
  }
  // The child watches us, not we it: none of its pipes keeps this process alive.
  child.unref()
  child.channel?.unref()
  ;(child.stdout as Socket).unref()
  return { url: (JSON.parse(line) as { url: string }).url, child }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const deadline = setTimeout(() => child.kill('SIGKILL'), stopMaxMs)
  await ended
  clearTimeout(deadline)
}
