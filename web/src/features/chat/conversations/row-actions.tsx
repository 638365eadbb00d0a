import type { Conversation } from '@jarvis/contracts/chat.ts'
import { Archive, ArchiveRestore, FileDown, FolderInput, Pencil, ScrollText, Pin, PinOff, Share2, Trash2 } from 'lucide-react'
import { MenuItem, MenuLine } from '#ui/menu.tsx'
import { archiveConversation, exportConversation, pinConversation } from './actions.ts'
import type { Asked } from './row-dialogs.tsx'
import { say } from '#words/say.ts'

type ActionsProps = { conversation: Conversation; onRename: () => void; onDelete: () => void; onAsk: (asked: Asked) => void }

export function RowActions({ conversation: { id, archived, pinned }, onRename, onDelete, onAsk }: ActionsProps) {
  return (
    <>
      <MenuItem icon={pinned ? <PinOff /> : <Pin />} onClick={() => void pinConversation(id, !pinned)}>
        {pinned ? say('Unpin') : say('Pin')}
      </MenuItem>
      <MenuItem icon={<Pencil />} onClick={onRename}>
        {say('Rename')}
      </MenuItem>
      <MenuItem icon={<FolderInput />} onClick={() => onAsk('move')}>
        {say('Move to a folder')}
      </MenuItem>
      <MenuItem icon={<ScrollText />} onClick={() => onAsk('instructions')}>
        {say('Instructions')}
      </MenuItem>
      <MenuItem icon={archived ? <ArchiveRestore /> : <Archive />} onClick={() => void archiveConversation(id, !archived)}>
        {archived ? say('Unarchive') : say('Archive')}
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<Share2 />} onClick={() => onAsk('share')}>
        {say('Share')}
      </MenuItem>
      <MenuItem icon={<FileDown />} onClick={() => void exportConversation(id, 'markdown')}>
        {say('Export as Markdown')}
      </MenuItem>
      <MenuItem icon={<FileDown />} onClick={() => void exportConversation(id, 'json')}>
        {say('Export as JSON')}
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<Trash2 />} danger onClick={onDelete}>
        {say('Delete')}
      </MenuItem>
    </>
  )
}
