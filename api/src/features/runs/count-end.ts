import type { RunEvent } from '@jarvis/contracts/run.ts'
import { firstTokenSeconds, runSeconds, runsEnded } from '#lib/meters.ts'
import type { RunRow } from './run.ts'

type Started = Pick<RunRow, 'kind' | 'createdAt'>

/** Counts a run by its last event, as it goes into the log for the first time. */
export function countEnd({ kind, createdAt }: Started, event: RunEvent): void {
  if (event.type !== 'RUN_FINISHED' && event.type !== 'RUN_ERROR') return
  runsEnded.inc({ kind, outcome: event.type === 'RUN_ERROR' ? 'failed' : (event.outcome?.type ?? 'success') })
  runSeconds.observe(secondsSince(createdAt))
}

/** Of each run once: by the attempt that gives its first text. */
export function createFirstTokenCount({ createdAt }: Started, told: readonly RunEvent[]): (event: RunEvent) => void {
  let isCounted = told.some(({ type }) => type === 'TEXT_MESSAGE_CONTENT')
  return ({ type }) => {
    if (isCounted || type !== 'TEXT_MESSAGE_CONTENT') return
    isCounted = true
    firstTokenSeconds.observe(secondsSince(createdAt))
  }
}

const secondsSince = (date: Date) => Math.max(0, Date.now() - date.getTime()) / 1000
