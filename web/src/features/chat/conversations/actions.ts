import type { Conversation } from '@jarvis/contracts/chat.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { messagesKey, patchConversation, refreshConversations } from '#features/chat/queries.ts'
import { call } from '#lib/call.ts'
import { queryClient } from '#lib/query.ts'
import { messageOf } from '#lib/problem.ts'
import { plural } from '#lib/format.ts'
import { saveText } from '#lib/save-text.ts'
import { toast } from '#ui/toast.tsx'

type Patch = { title?: string; archived?: boolean; pinned?: boolean; folderId?: string | null }

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
export async function deleteConversation(id: string, forget: boolean, leave: () => Promise<void>) {
  await call(endpoints.deleteConversation, { params: { id }, query: forget ? { forget: 'true' } : {} })
  await leave()
  patchConversation(id, () => null)
  for (const queryKey of [['conversation', id], messagesKey(id)]) queryClient.removeQueries({ queryKey })
  void refreshConversations()
}

export const pinConversation = (id: string, pinned: boolean) => update(id, { pinned }, (conversation) => ({ ...conversation, pinned }))

/** One request after the other: however many there are, the server is asked no faster than it answers. */
async function each(ids: readonly string[], job: (id: string) => Promise<unknown>, done: string) {
  let count = 0
  try {
    for (const id of ids) {
      await job(id)
      count++
    }
    toast(`${plural(count, 'conversation')} ${done}`)
  } catch (error) {
    toast(count === 0 ? messageOf(error) : `${plural(count, 'conversation')} ${done}, then: ${messageOf(error)}`)
  } finally {
    void refreshConversations()
  }
}

const patched = (body: Patch) => (id: string) => call(endpoints.updateConversation, { params: { id }, body })

export const moveConversations = (ids: readonly string[], folderId: string | null) => each(ids, patched({ folderId }), 'moved')
export const archiveConversations = (ids: readonly string[], archived: boolean) =>
  each(ids, patched({ archived }), archived ? 'archived' : 'back in the list')
export const deleteConversations = (ids: readonly string[], forget: boolean) =>
  each(
    ids,
    async (id) => {
      await call(endpoints.deleteConversation, { params: { id }, query: forget ? { forget: 'true' } : {} })
      patchConversation(id, () => null)
      // A page that shows it asks again, and says that it is gone.
      for (const queryKey of [['conversation', id], messagesKey(id)]) void queryClient.resetQueries({ queryKey })
    },
    'deleted',
  )

/** Gives the person the conversation as a file: as Markdown the branch that is shown, as JSON all of it. */
export async function exportConversation(id: string, format: 'markdown' | 'json') {
  try {
    const { title } = await call(endpoints.conversation, { params: { id } })
    const found: unknown = await call(endpoints.exportConversation, { params: { id }, query: { format } })
    const text = typeof found === 'string' ? found : `${JSON.stringify(found, null, 2)}\n`
    saveText(`${title.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60) || 'conversation'}.${format === 'json' ? 'json' : 'md'}`, text)
  } catch (error) {
    toast(messageOf(error))
  }
}
