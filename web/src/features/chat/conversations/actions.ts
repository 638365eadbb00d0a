import type { Conversation } from '@jarvis/contracts/chat.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { messagesKey, patchConversation, refreshConversations } from '#features/chat/queries.ts'
import { call } from '#lib/call.ts'
import { queryClient } from '#lib/query.ts'
import { messageOf } from '#lib/problem.ts'
import { toast } from '#ui/toast.tsx'

type Patch = { title?: string; archived?: boolean }

/** Shows the change at once; a refusal takes it back and says so. */
async function update(id: string, body: Patch, change: (conversation: Conversation) => Conversation | null): Promise<boolean> {
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

export const renameConversation = (id: string, title: string) => update(id, { title }, (conversation) => ({ ...conversation, title }))

export async function archiveConversation(id: string, archived: boolean) {
  if (!(await update(id, { archived }, () => null))) return
  toast(archived ? 'Archived' : 'Back in the list', { label: 'Undo', run: () => void update(id, { archived: !archived }, () => null) })
}

/** `leave` goes elsewhere if the conversation is on the page, before anything asks for it again. @throws {ProblemError} */
export async function deleteConversation(id: string, leave: () => Promise<void>) {
  await call(endpoints.deleteConversation, { params: { id } })
  await leave()
  patchConversation(id, () => null)
  for (const queryKey of [['conversation', id], messagesKey(id)]) queryClient.removeQueries({ queryKey })
  void refreshConversations()
}
