import { randomBytes } from 'node:crypto'
import type { CDPSession } from 'playwright-core'
import { AppError } from '#lib/app-error.ts'
import { type PageScript, pageScript } from './page-script.ts'

const evaluateMaxMs = 8000
const attemptsMax = 4
/** What changes nothing may be asked again of the document that came after. */
const repeatable: ReadonlySet<keyof PageScript> = new Set(['list', 'look', 'text', 'pulse'])
/** What a person would do with a hand. A page can read that it was touched, so that what only looks must not count as such. */
const gestures: ReadonlySet<keyof PageScript> = new Set(['click', 'type', 'select'])

export type World = ReturnType<typeof openWorld>

/** Our script in one frame, in an isolated world that is made anew for each document: in the page's main frame, or in the one that has this id. */
export function openWorld(cdp: CDPSession, frame?: string) {
  // A context's number may come to mean the page's own world in another process; the page cannot guess this name.
  const name = `world_${randomBytes(16).toString('hex')}`
  let contextId: number | undefined

  async function enter(): Promise<number> {
    const frameId = frame ?? (await cdp.send('Page.getFrameTree')).frameTree.frame.id
    const { executionContextId } = await cdp.send('Page.createIsolatedWorld', { frameId, worldName: name })
    await evaluate(executionContextId, `globalThis.${name} ??= (${String(pageScript)})(); null`, false)
    return executionContextId
  }

  async function evaluate(id: number, expression: string, userGesture: boolean): Promise<unknown> {
    const options = { contextId: id, expression, returnByValue: true, userGesture, timeout: evaluateMaxMs }
    const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', options)
    if (!exceptionDetails) return result.value
    const cause = new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    throw new AppError('upstream_failed', 'The page cannot be read.', { cause })
  }

  return {
    /** Arguments and answer go as JSON. What acts on a document is asked of that one only; undefined when it was replaced by the act. */
    async call<Name extends keyof PageScript>(
      method: Name,
      ...args: Parameters<PageScript[Name]>
    ): Promise<ReturnType<PageScript[Name]> | undefined> {
      const expression = `Object.hasOwn(globalThis, '${name}') ? { value: ${name}.${method}(...${JSON.stringify(args)}) } : null`
      for (let attempt = 1; attempt <= attemptsMax; attempt++) {
        try {
          contextId ??= await enter()
          const answer = (await evaluate(contextId, expression, gestures.has(method))) as { value: ReturnType<PageScript[Name]> } | null
          if (answer) return answer.value
        } catch (error) {
          if (!isReplaced(error)) throw error
        }
        contextId = undefined
        if (!repeatable.has(method)) return undefined
      }
      throw new AppError('upstream_failed', 'The page keeps changing and cannot be read.')
    },
  }
}

const isReplaced = (error: unknown) =>
  /Cannot find context|context was destroyed|No frame (for|with) given id|navigated or closed/i.test(String(error))
