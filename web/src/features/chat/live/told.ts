import type { ToldFrame } from '#lib/chat-socket.ts'
import { queryClient } from '#lib/query.ts'
import { type Loaded, conversationsKey, forgetKept, isOfRun, messagesKey, patchConversation, refreshConversations } from '#features/chat/queries.ts'
import { outbox } from './outbox.ts'

/** Shows what the person did on another device, or in another tab. */
export function told(frame: ToldFrame) {
  switch (frame.type) {
    case 'conversation': {
      const { conversation } = frame
      queryClient.setQueryData(['conversation', conversation.id], conversation)
      patchConversation(conversation.id, () => conversation)
      void queryClient.invalidateQueries({ queryKey: conversationsKey })
      return
    }
    case 'conversation_gone': {
      const { conversationId: id } = frame
      patchConversation(id, () => null)
      void forgetKept(id)
      // A page that shows it asks again, and says that it is gone.
      for (const queryKey of [['conversation', id], messagesKey(id)]) void queryClient.resetQueries({ queryKey })
      void queryClient.invalidateQueries({ queryKey: conversationsKey })
      return
    }
    case 'run': {
      const isOwn = outbox.get().some(({ messageId }) => messageId === frame.messageId)
      const queryKey = messagesKey(frame.conversationId)
      const known = queryClient.getQueryData<Loaded>(queryKey)?.messages.some(({ runId, role }) => role === 'assistant' && runId === frame.runId)
      if (!isOwn && !known) void queryClient.invalidateQueries({ queryKey })
      return
    }
    case 'approval':
      // The page that follows the run has seen it begin to wait.
      if (frame.state === 'answered') void queryClient.invalidateQueries({ queryKey: ['messages'], predicate: isOfRun(frame.runId) })
  }
}

/** Whatever was told while the socket was away was not heard. */
export function catchUp() {
  void refreshConversations()
  void queryClient.invalidateQueries({ queryKey: ['messages'] })
}
