import { setTimeout as sleep } from 'node:timers/promises'

const keptMsMax = 30_000
const keptMax = 10_000
const retryMs = 250

/**
 * Sends messages one after the other, each until it is sent or half a minute old. `send` returns false while it cannot; `goOn` says that it can.
 */
export function createOutbox(send: (message: string) => Promise<boolean>, onError: (error: unknown) => void) {
  const queue: { message: string; addedAt: number }[] = []
  let isSending = false
  let retry: NodeJS.Timeout | undefined

  async function sendAll(): Promise<void> {
    for (let next = queue[0]; next; next = queue[0]) {
      const isOld = performance.now() - next.addedAt > keptMsMax
      if (isOld) onError(new Error('A signal could not be sent and is lost.'))
      else if (!(await sent(next.message))) {
        // Whatever stands in the way: the next try does not wait for somebody to come by.
        retry ??= setTimeout(goOn, retryMs).unref()
        break
      }
      if (queue[0] === next) queue.shift()
    }
    isSending = false
  }

  const sent = (message: string) =>
    send(message).catch((error: unknown) => {
      onError(error)
      return false
    })

  function goOn(): void {
    clearTimeout(retry)
    retry = undefined
    if (isSending) return
    isSending = true
    void sendAll()
  }

  return {
    add(message: string): void {
      if (queue.length >= keptMax) queue.shift()
      queue.push({ message, addedAt: performance.now() })
      goOn()
    },
    goOn,
    /** When everything is sent, or `msMax` is over. */
    async emptied(msMax: number): Promise<void> {
      const deadline = performance.now() + msMax
      while (queue.length > 0 && performance.now() < deadline) await sleep(10)
      queue.length = 0
      clearTimeout(retry)
    },
  }
}
