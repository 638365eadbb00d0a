import type { Conversation } from '@jarvis/contracts/chat.ts'
import { Archive, ArchiveRestore, Pencil, Trash2 } from 'lucide-react'
import { MenuItem, MenuLine } from '#ui/menu.tsx'
import { archiveConversation } from './actions.ts'

type ActionsProps = { conversation: Conversation; onRename: () => void; onDelete: () => void }

export function RowActions({ conversation: { id, archived }, onRename, onDelete }: ActionsProps) {
  return (
    <>
      <MenuItem icon={<Pencil />} onClick={onRename}>
        Rename
      </MenuItem>
      <MenuItem icon={archived ? <ArchiveRestore /> : <Archive />} onClick={() => void archiveConversation(id, !archived)}>
        {archived ? 'Unarchive' : 'Archive'}
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<Trash2 />} danger onClick={onDelete}>
        Delete
      </MenuItem>
    </>
  )
}
