import { type Answer, emptyAnswer, foldRunEvent } from '@jarvis/contracts/run.ts'
import type { EventFrame } from '#lib/chat-socket.ts'

export type Answers = {
  receive: (frame: EventFrame) => void
  get: (runId: string) => Answer | undefined
  subscribe: (runId: string, listener: () => void) => () => void
  clear: () => void
}

/** Folds runs' events into answers. Each watcher is called once a frame, however many events came. */
export function createAnswers(onEnd: (frame: EventFrame, answer: Answer) => void, schedule: (flush: () => void) => void = nextFrame): Answers {
  const answers = new Map<string, Answer>()
  const watchers = new Map<string, Set<() => void>>()
  const changed = new Set<string>()

  function flush() {
    const runIds = [...changed]
    changed.clear()
    for (const runId of runIds) for (const listener of watchers.get(runId) ?? []) listener()
  }

  return {
    receive(frame) {
      const answer = foldRunEvent(answers.get(frame.runId) ?? emptyAnswer, frame.event)
      answers.set(frame.runId, answer)
      if (changed.size === 0) schedule(flush)
      changed.add(frame.runId)
      if (answer.status !== 'streaming') onEnd(frame, answer)
    },
    get: (runId) => answers.get(runId),
    subscribe(runId, listener) {
      const set = watchers.get(runId) ?? new Set()
      watchers.set(runId, set.add(listener))
      return () => set.delete(listener)
    },
    clear: () => answers.clear(),
  }
}

/** A hidden tab has no frames; its answers must still arrive. */
function nextFrame(flush: () => void) {
  if (document.hidden) setTimeout(flush, 100)
  else requestAnimationFrame(flush)
}
