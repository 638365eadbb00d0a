import type { Caller } from '#lib/caller.ts'
import type { Connection, FrameHandlers } from '#http/socket.ts'
import type { Runs } from '#features/runs/index.ts'
import { refusal } from '#lib/refusal.ts'
import { acceptedOf, type Chat } from './index.ts'

const subscriptionsMax = 64

/** The frames of chat: send, subscribe, unsubscribe, cancel, resume. */
export function chatFrames({ chat: { accept, resume }, runs }: { chat: Pick<Chat, 'accept' | 'resume'>; runs: Runs }) {
  return (connection: Connection): FrameHandlers => {
    const following = new Map<string, { controller: AbortController; sentSeq: number }>()

    async function follow(caller: Caller, runId: string, after: number): Promise<void> {
      following.get(runId)?.controller.abort()
      if (following.size >= subscriptionsMax) throw refusal('overloaded.socket', { runsMax: subscriptionsMax })
      const own = { controller: new AbortController(), sentSeq: after }
      const signal = AbortSignal.any([own.controller.signal, connection.signal])
      const { conversationId, events } = await runs.follow(caller, runId, after, signal)
      following.set(runId, own)
      const head = `{"type":"event","conversationId":"${conversationId}","runId":"${runId}","seq":`
      const pump = async () => {
        for await (const batch of events) {
          for (const { seq, json } of batch) {
            if (signal.aborted) return
            own.sentSeq = seq
            const draining = connection.sendText(`${head}${seq},"event":${json}}`)
            if (draining) await draining
          }
        }
      }
      pump()
        .catch(() => connection.send({ type: 'error', code: 'unavailable', detail: 'The run’s events broke off. Subscribe again.' }))
        .finally(() => {
          if (following.get(runId) === own) following.delete(runId)
        })
    }

    return {
      async send({ type: _, id, conversationId, ...body }) {
        const caller = await connection.caller()
        const accepted = acceptedOf(await accept(caller, conversationId, body))
        connection.send({ type: 'ack', ...(id !== undefined && { id }), ...accepted })
        if (!following.has(accepted.runId)) await follow(caller, accepted.runId, 0)
      },
      async subscribe({ id, runId, after }) {
        const caller = await connection.caller()
        await runs.get(caller, runId)
        connection.send({ type: 'ack', ...(id !== undefined && { id }), runId })
        // A run that this socket follows already has sent these events, or will: each goes out once.
        const current = following.get(runId)
        if (!current || after > current.sentSeq) await follow(caller, runId, after)
      },
      async unsubscribe({ id, runId }) {
        following.get(runId)?.controller.abort()
        following.delete(runId)
        connection.send({ type: 'ack', ...(id !== undefined && { id }), runId })
      },
      async cancel({ id, runId }) {
        await runs.cancel(await connection.caller(), runId)
        connection.send({ type: 'ack', ...(id !== undefined && { id }), runId })
      },
      async resume({ id, runId, resume: entries }) {
        const caller = await connection.caller()
        const resumed = await resume(caller, runId, entries)
        connection.send({ type: 'ack', ...(id !== undefined && { id }), ...resumed })
        if (!following.has(resumed.runId)) await follow(caller, resumed.runId, 0)
      },
    }
  }
}
