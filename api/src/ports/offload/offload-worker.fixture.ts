import { threadId } from 'node:worker_threads'
import { AppError } from '#lib/app-error.ts'
import { answerWork } from './answer-work.ts'

answerWork(async (input: string) => {
  if (input === 'spin') for (;;);
  if (input === 'heap') for (const kept: object[] = []; ;) kept.push(Array.from({ length: 1000 }, () => ({})))
  if (input === 'buffers')
    for (const kept: Uint8Array[] = []; ; await new Promise((done) => setTimeout(done, 1))) kept.push(new Uint8Array(8_000_000).fill(1))
  if (input === 'refuse') throw new AppError('invalid_request', 'No.')
  if (input === 'thread') return threadId
  return input.toUpperCase()
})
