import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'

const seedMax = 0x7f_ff_ff_ff

/**
 * Where the properties begin to look for a counterexample. The seed comes from the commit: each commit is tried with other examples than the
 * one before, and one commit with the same each time, so that no run of it is luckier than another. `asked` is a number, or `random`.
 */
export function propertySeed(asked: string | undefined, commit = commitAtHead()): number {
  if (asked === undefined || asked === '') return Number.parseInt(commit.slice(0, 8), 16) & seedMax
  if (asked === 'random') return randomInt(seedMax)
  const seed = Number(asked)
  if (!Number.isSafeInteger(seed)) throw new Error(`FAST_CHECK_SEED is a whole number or "random", not ${JSON.stringify(asked)}.`)
  return seed
}

/** A copy without git has one seed. */
function commitAtHead(): string {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : '00000001'
}
