import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Resource, shown } from './state.ts'

export type Webhooks = ReturnType<typeof createWebhooks>
export type Delivery = { url?: string; copies?: number; secret?: string; ageSeconds?: number; delayMs?: number }

const attemptsMax = 4
const backoffMs = 250
const answerMsMax = 30_000

/** Signs and delivers events: at once and again until they are accepted, or, when held, in any order, number and age that is asked for. */
export function createWebhooks(target: { url: string | undefined; secret: string }) {
  let holding = false
  const held: Resource[] = []
  const under = new Set<Promise<unknown>>()

  async function send(event: Resource, { url = target.url, secret = target.secret, ageSeconds = 0 }: Delivery = {}): Promise<number> {
    const body = JSON.stringify(shown(event))
    const timestamp = Math.floor(Date.now() / 1000) - ageSeconds
    const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
    const answer = await fetch(url!, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': `t=${timestamp},v1=${signature}` },
      body,
      signal: AbortSignal.timeout(answerMsMax),
    })
    await answer.arrayBuffer()
    return answer.status
  }

  async function sendUntilAccepted(event: Resource): Promise<void> {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      if (attempt > 0) await sleep(backoffMs * 2 ** attempt)
      const status = await send(event).catch(() => 0)
      if (status >= 200 && status < 300) return
    }
  }

  /** Keeps events back until they are asked for. Returns those that were kept so far, oldest first. */
  function hold(on: boolean): Resource[] {
    holding = on
    return held.splice(0)
  }

  return {
    hold,
    /** The events of a change, kept back. */
    told(change: () => unknown): Resource[] {
      hold(true)
      change()
      return hold(false)
    },

    /** Where events go from now on. */
    aim: (url: string) => {
      target.url = url
    },

    take(event: Resource): void {
      if (holding) held.push(event)
      else if (target.url) {
        const sending = sendUntilAccepted(event).finally(() => under.delete(sending))
        under.add(sending)
      }
    },

    /** Sends these events in this order, each `copies` times at once. Returns what was answered. */
    async deliver(events: Resource[], delivery: Delivery = {}): Promise<number[]> {
      const answers: number[] = []
      for (const event of events) {
        if (delivery.delayMs) await sleep(delivery.delayMs)
        answers.push(...(await Promise.all(Array.from({ length: delivery.copies ?? 1 }, () => send(event, delivery)))))
      }
      return answers
    },

    /** Until nothing is on its way any more. */
    async settled(): Promise<void> {
      while (under.size > 0) await Promise.all(under)
    },
  }
}
