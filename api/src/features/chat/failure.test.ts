import type { Failure } from '@jarvis/contracts/errors.ts'
import { emptyAnswer, foldRunEvent } from '@jarvis/contracts/run.ts'
import { expect, test } from 'vitest'
import { newId } from '#lib/ids.ts'
import { failureOf, refusal } from '#lib/refusal.ts'
import type { messages } from '#ports/database/tables.ts'
import { toMessage } from './messages.ts'
import { retell } from './retell.ts'

const failure = failureOf(refusal('budget_exhausted.used', { limit: 'tokens.person', resetsOn: '2026-12-01' }, { retryAfterSeconds: 60 }))

test('a stored failure is read as what it was, its sentence made of its params, and folds to the same when it is retold', () => {
  expect(read({ ...failure, detail: 'The sentence of an earlier catalogue.' })).toEqual(failure)
})

test.each<Failure>([
  { code: 'upstream_failed', detail: 'A row of version 0.1.0 holds its sentence.' },
  { code: 'upstream_failed', detail: 'A later version has more keys.', params: { sentence: 'upstream_failed.later', status: 500 } },
])('$detail', (stored) => {
  expect(read(stored)).toEqual(stored)
})

function read(error: Failure): Failure | null {
  const message = toMessage({ ...row, error })
  const folded = retell({ id: newId(), conversationId: row.conversationId, status: 'failed' }, message, []).reduce(foldRunEvent, emptyAnswer)
  expect(folded.error).toEqual(message.error)
  return folded.error
}

const row: typeof messages.$inferSelect = {
  id: newId(),
  conversationId: newId(),
  parentId: null,
  runId: null,
  position: 1,
  role: 'assistant',
  content: '',
  parts: null,
  finishReason: null,
  feedback: null,
  status: 'failed',
  model: null,
  usage: null,
  toolCalls: [],
  sources: [],
  citations: null,
  files: null,
  route: null,
  memories: [],
  interrupts: [],
  taint: null,
  viaKey: false,
  context: null,
  error: null,
  createdAt: new Date(0),
}
