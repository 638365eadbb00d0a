import type { Conversation } from '@jarvis/contracts/chat.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { patchConversation, refreshConversations } from '#features/chat/queries.ts'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { toast } from '#ui/toast.tsx'

export type Patch = { title?: string; archived?: boolean; pinned?: boolean; folderId?: string | null }

/** Shows the change at once; a refusal takes it back and says so. */
export async function changeConversation(id: string, body: Patch, change: (conversation: Conversation) => Conversation | null): Promise<boolean> {
  patchConversation(id, change)
  try {
    await call(endpoints.updateConversation, { params: { id }, body })
    return true
  } catch (error) {
    toast(messageOf(error))
    return false
  } finally {
    void refreshConversations()
  }
}

export const renameConversation = (id: string, title: string) => changeConversation(id, { title }, (conversation) => ({ ...conversation, title }))
