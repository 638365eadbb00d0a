import type { Interrupt, ResumeEntry } from '@jarvis/contracts/approvals.ts'

/** What a person answers to one call that waits: `args` when they changed it; `drop` once it has expired. */
export type Decision = { kind: 'approve'; args: string | null; remember: boolean } | { kind: 'deny' } | { kind: 'drop' }

export function entryOf({ id, argsHash, mayRemember }: Interrupt, decision: Decision): ResumeEntry {
  if (decision.kind === 'drop') return { interruptId: id, status: 'cancelled' }
  if (decision.kind === 'deny') return { interruptId: id, status: 'resolved', payload: { approved: false, argsHash } }
  const { args, remember } = decision
  return {
    interruptId: id,
    status: 'resolved',
    payload: { approved: true, argsHash, ...(args !== null && { args }), ...(mayRemember && { remember }) },
  }
}
