import type { Feedback, Message } from '@jarvis/contracts/chat.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { changeMessages } from '#features/chat/queries.ts'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { toast } from '#ui/toast.tsx'

/** Shown at once, and taken back with a word where it could not be kept. Says whether it was. */
export async function rate({ id, conversationId, feedback: before }: Message, feedback: Feedback | null): Promise<boolean> {
  const show = (next: Message['feedback']) =>
    changeMessages(conversationId, (messages) => messages.map((one) => (one.id === id ? { ...one, feedback: next } : one)))
  show(feedback)
  try {
    if (feedback) await call(endpoints.rate, { params: { id }, body: feedback })
    else await call(endpoints.unrate, { params: { id } })
    return true
  } catch (error) {
    show(before)
    toast(messageOf(error))
    return false
  }
}
