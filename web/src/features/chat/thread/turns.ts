import type { Conversation, Message } from '@jarvis/contracts/chat.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { blank, newConversation, post, type Draft } from '#features/chat/live/outbox.ts'
import { withMessages } from '#features/chat/live/chat.ts'
import { changeMessages, patchConversation } from '#features/chat/queries.ts'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { chosenEffort } from '#features/chat/live/effort.ts'
import { toast } from '#ui/toast.tsx'

const setLeaf = (conversationId: string, leafId: string | null) => {
  const change = (conversation: Conversation) => ({ ...conversation, leafId })
  patchConversation(conversationId, change)
}

/** Shows another version, here at once and on the person's other devices. */
export function showBranch(conversationId: string, messageId: string) {
  setLeaf(conversationId, messageId)
  call(endpoints.setLeaf, { params: { id: conversationId }, body: { messageId } }).catch((error: unknown) => {
    toast(messageOf(error))
    void queryClient.invalidateQueries({ queryKey: ['conversation', conversationId] })
  })
}

/** Sends a message and shows its branch, which is the newest. */
export function ask(draft: Draft) {
  if (draft.conversationId !== newConversation) setLeaf(draft.conversationId, null)
  post(draft)
}

/** Another answer to a question, beside those it has. */
export async function answerAgain({ id, conversationId }: Message, model: string) {
  try {
    const effort = chosenEffort.get()
    const { runId, assistantMessageId } = await call(endpoints.answerAgain, {
      params: { id },
      body: { ...(model !== 'auto' && { model }), ...(effort && { effort }) },
    })
    setLeaf(conversationId, null)
    changeMessages(conversationId, (messages) => {
      const question = messages.find((message) => message.id === id)
      const answer: Message = {
        ...blank,
        role: 'assistant',
        content: '',
        parts: [],
        status: 'streaming',
        id: assistantMessageId,
        parentId: id,
        conversationId,
        runId,
        createdAt: new Date().toISOString(),
      }
      return question ? withMessages(messages, [answer]) : messages
    })
  } catch (error) {
    toast(messageOf(error))
  }
}

/** Goes on with an answer that ended early. */
export async function continueAnswer({ id, conversationId }: Message) {
  try {
    const { runId } = await call(endpoints.continueAnswer, { params: { id } })
    changeMessages(conversationId, (messages) =>
      messages.map((message) => (message.id === id ? { ...message, runId, status: 'streaming', error: null } : message)),
    )
  } catch (error) {
    toast(messageOf(error))
  }
}
