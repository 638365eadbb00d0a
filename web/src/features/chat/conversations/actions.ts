import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { forgetKept, messagesKey, patchConversation, refreshConversations } from '#features/chat/queries.ts'
import { call } from '#lib/call.ts'
import { queryClient } from '#lib/query.ts'
import { messageOf } from '#lib/problem.ts'
import { saveText } from '#lib/save-text.ts'
import { toast } from '#ui/toast.tsx'
import { say, sayCount } from '#words/say.ts'
import { type Patch, changeConversation } from './rename.ts'

export async function archiveConversation(id: string, archived: boolean) {
  if (!(await changeConversation(id, { archived }, () => null))) return
  toast(archived ? say('Archived') : say('Back in the list'), {
    label: say('Undo'),
    run: () => void changeConversation(id, { archived: !archived }, () => null),
  })
}

/** `leave` goes elsewhere if the conversation is on the page, before anything asks for it again. @throws {ProblemError} */
export async function deleteConversation(id: string, forget: boolean, leave: () => Promise<void>) {
  await call(endpoints.deleteConversation, { params: { id }, query: forget ? { forget: 'true' } : {} })
  await leave()
  patchConversation(id, () => null)
  void forgetKept(id)
  for (const queryKey of [['conversation', id], messagesKey(id)]) queryClient.removeQueries({ queryKey })
  void refreshConversations()
}

export const pinConversation = (id: string, pinned: boolean) => changeConversation(id, { pinned }, (conversation) => ({ ...conversation, pinned }))

/** One request after the other: however many there are, the server is asked no faster than it answers. */
async function each(ids: readonly string[], job: (id: string) => Promise<unknown>, done: (n: number) => string) {
  let count = 0
  try {
    for (const id of ids) {
      await job(id)
      count++
    }
    toast(done(count))
  } catch (error) {
    toast(count === 0 ? messageOf(error) : say('{done}, then: {fault}', { done: done(count), fault: messageOf(error) }))
  } finally {
    void refreshConversations()
  }
}

const patched = (body: Patch) => (id: string) => call(endpoints.updateConversation, { params: { id }, body })

export const moveConversations = (ids: readonly string[], folderId: string | null) =>
  each(ids, patched({ folderId }), (n) => sayCount(n, '{n} conversation moved', '{n} conversations moved'))
export const archiveConversations = (ids: readonly string[], archived: boolean) =>
  each(ids, patched({ archived }), (n) =>
    archived
      ? sayCount(n, '{n} conversation archived', '{n} conversations archived')
      : sayCount(n, '{n} conversation back in the list', '{n} conversations back in the list'),
  )
export const deleteConversations = (ids: readonly string[], forget: boolean) =>
  each(
    ids,
    async (id) => {
      await call(endpoints.deleteConversation, { params: { id }, query: forget ? { forget: 'true' } : {} })
      patchConversation(id, () => null)
      // A page that shows it asks again, and says that it is gone.
      void forgetKept(id)
      for (const queryKey of [['conversation', id], messagesKey(id)]) void queryClient.resetQueries({ queryKey })
    },
    (n) => sayCount(n, '{n} conversation deleted', '{n} conversations deleted'),
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
