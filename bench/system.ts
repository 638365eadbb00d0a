import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSandbox } from '../api/src/ports/sandbox/index.ts'
import { median, printTable, ratio, rounded } from './figures.ts'

const calls = 60
const atOnce = 4
const argv = ['sort', '-r']
const input = 'one\ntwo\nthree\n'

/** What the sandbox adds to a command: the same one spawned bare, and in bubblewrap with its limits, one at a time and several at once. */
export async function benchSystem(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-system-'))
  const sandbox = await openSandbox({ dataDir })
  const boxed = () => sandbox.run({ argv, owner: 'bench', input })
  const rows = []
  let baselineMs = 0
  for (const [system, run] of [
    ['bare process', bare],
    ['in the sandbox', boxed],
  ] as const) {
    const oneMs = await medianMs(run, 1)
    const severalMs = await medianMs(run, atOnce)
    baselineMs ||= oneMs
    rows.push({ system, 'one at a time, ms': rounded(oneMs), [`${atOnce} at once, ms`]: rounded(severalMs), '× bare': ratio(oneMs, baselineMs) })
  }
  printTable(`A system command, medians of ${calls}`, rows)
  await rm(dataDir, { recursive: true, force: true })
}

async function bare(): Promise<void> {
  const child = spawn(argv[0]!, argv.slice(1), { stdio: ['pipe', 'pipe', 'ignore'] })
  child.stdout.resume()
  child.stdin.end(input)
  await once(child, 'close')
}

async function medianMs(run: () => Promise<unknown>, concurrency: number): Promise<number> {
  const times: number[] = []
  const worker = async () => {
    while (times.length < calls) {
      const since = performance.now()
      await run()
      times.push(performance.now() - since)
    }
  }
  await run()
  await Promise.all(Array.from({ length: concurrency }, worker))
  return median(times)
}
