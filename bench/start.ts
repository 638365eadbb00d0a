import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, printTable, ratio, rounded } from './figures.ts'
import { prepareJarvis } from './jarvis.ts'
import { startMain } from './program.ts'

const rounds = 4

/** From the command to "ready", with everything embedded: on an empty folder, and on one that has been used. */
export async function benchStart(): Promise<void> {
  const cache = await mkdtemp(join(tmpdir(), 'jarvis-bench-cache-'))
  const bare: number[] = []
  const again: number[] = []
  let first = 0
  {
    await using prepared = await prepareJarvis('http://127.0.0.1:9/v1')
    const settings = { ...prepared.settings, NODE_COMPILE_CACHE: cache }
    first = await timed(async () => await (await startMain(settings)).stop())
    for (let round = 0; round < rounds; round++) {
      bare.push(await timed(async () => await once(spawn(process.execPath, ['-e', '']), 'exit')))
      const startedAt = performance.now()
      await using _ = await startMain(settings)
      again.push(performance.now() - startedAt)
    }
  }
  await rm(cache, { recursive: true, force: true })
  printTable(`Start to ready, everything embedded, medians of ${rounds}`, [
    { start: 'an empty Node program', s: rounded(median(bare) / 1000), '× empty': '1×' },
    { start: 'Jarvis, first on an empty folder (with its stop)', s: rounded(first / 1000), '× empty': ratio(first, median(bare)) },
    { start: 'Jarvis, second', s: rounded(median(again) / 1000), '× empty': ratio(median(again), median(bare)) },
  ])
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
