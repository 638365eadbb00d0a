import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Folder } from '@jarvis/contracts/folders.ts'
import { type FormEvent, useState } from 'react'
import { ShareThing } from '#features/chat/share-thing.tsx'
import { refreshConversations } from '#features/chat/queries.ts'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { useMayShare } from '#lib/sharing.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { TextArea } from '#ui/text-area.tsx'
import { foldersQuery, shownList } from './folder-queries.ts'
import { say } from '#words/say.ts'

/** A new folder, or one that is there already: its name, and what holds for each conversation in it. */
export function FolderDialog({ folder, onClose }: { folder: Folder | undefined; onClose: () => void }) {
  const [name, setName] = useState(folder?.name ?? '')
  const [instructions, setInstructions] = useState(folder?.instructions ?? '')
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [isSharing, setSharing] = useState(false)
  const mayShare = useMayShare()

  async function change(act: () => Promise<unknown>) {
    setBusy(true)
    try {
      await act()
      await queryClient.invalidateQueries({ queryKey: foldersQuery.queryKey })
      onClose()
    } catch (problem) {
      setError(messageOf(problem))
      setBusy(false)
    }
  }

  function save(event: FormEvent) {
    event.preventDefault()
    void change(async () => {
      const body = { name: name.trim(), instructions: instructions.trim() }
      if (folder) return await call(endpoints.updateFolder, { params: { id: folder.id }, body })
      const made = await call(endpoints.createFolder, { body })
      return shownList.set({ kind: 'folder', id: made.id })
    })
  }

  const remove = () =>
    change(async () => {
      await call(endpoints.deleteFolder, { params: { id: folder!.id } })
      shownList.set({ kind: 'all' })
      void refreshConversations()
    })

  if (folder && isSharing) return <ShareThing kind="folder" id={folder.id} name={folder.name} onClose={() => setSharing(false)} />
  if (folder?.sharedBy)
    return (
      <Dialog title={folder.name} onClose={onClose} wide>
        <p className="text-muted">{say('Shared by {name}', { name: folder.sharedBy.name })}</p>
        <p className="text-muted">{say('Its instructions hold for your conversations in it, which nobody else sees.')}</p>
        {folder.instructions && (
          <p dir="auto" className="max-h-[45dvh] overflow-y-auto whitespace-pre-wrap [overflow-wrap:anywhere]">
            {folder.instructions}
          </p>
        )}
        <Button className="self-end" data-first-focus onClick={onClose}>
          {say('Close')}
        </Button>
      </Dialog>
    )
  return (
    <Dialog title={folder ? say('Change the folder') : say('New folder')} onClose={onClose} wide>
      <form className="flex flex-col gap-4" onSubmit={save}>
        <Field label={say('Name')} data-first-focus required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        <TextArea
          label={say('Instructions')}
          maxLength={4000}
          hint={say('They hold for each conversation in this folder.')}
          value={instructions}
          onChange={(event) => setInstructions(event.target.value)}
        />
        {error && (
          <p role="alert" className="text-sm text-danger">
            {error}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          {folder && (
            <Button look="danger" className="me-auto" busy={busy} onClick={() => void remove()}>
              {say('Delete folder')}
            </Button>
          )}
          {folder && mayShare && <Button onClick={() => setSharing(true)}>{say('Share')}</Button>}
          <Button onClick={onClose}>{say('Cancel')}</Button>
          <Button look="primary" type="submit" busy={busy}>
            {folder ? say('Save') : say('Make folder')}
          </Button>
        </div>
        {folder && <p className="text-sm text-muted">{say('Without the folder its conversations stay in the list.')}</p>}
      </form>
    </Dialog>
  )
}
