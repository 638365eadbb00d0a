import { parentPort } from 'node:worker_threads'
import { AppError } from '#lib/app-error.ts'
import type { Reply } from './index.ts'

/** The other side of `openOffload`: what its program calls, once, with the work it does. */
export function answerWork(work: (input: never) => unknown): void {
  const port = parentPort!
  port.on('message', (input: unknown) => void answer(input as never).then((reply) => port.postMessage(reply, [])))

  async function answer(input: never): Promise<Reply> {
    try {
      return { output: await work(input) }
    } catch (error) {
      return { code: error instanceof AppError ? error.code : null, message: error instanceof Error ? error.message : String(error) }
    }
  }
}
