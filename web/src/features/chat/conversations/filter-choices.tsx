import type { Folder } from '@jarvis/contracts/folders.ts'
import { FolderPlus, ListChecks, Settings2 } from 'lucide-react'
import { useStore } from '#lib/store.ts'
import { MenuChoice, MenuItem, MenuLine } from '#ui/menu.tsx'
import { shownList } from './folder-queries.ts'
import { say } from '#words/say.ts'

type ChoicesProps = { folders: readonly Folder[]; onEdit: (folder: string) => void; onSelect: () => void }

export function FilterChoices({ folders, onEdit, onSelect }: ChoicesProps) {
  const shown = useStore(shownList)
  return (
    <>
      <MenuChoice checked={shown.kind === 'all'} onClick={() => shownList.set({ kind: 'all' })}>
        {say('All conversations')}
      </MenuChoice>
      <MenuChoice checked={shown.kind === 'archived'} onClick={() => shownList.set({ kind: 'archived' })}>
        {say('Archived')}
      </MenuChoice>
      {folders.length > 0 && <MenuLine />}
      {folders.map(({ id, name, sharedBy }) => (
        <MenuChoice key={id} checked={shown.kind === 'folder' && shown.id === id} onClick={() => shownList.set({ kind: 'folder', id })}>
          <span dir="auto" className="block truncate">
            {name}
          </span>
          {sharedBy && (
            <span dir="auto" className="block truncate text-[0.8125rem] text-muted">
              {say('Shared by {name}', { name: sharedBy.name })}
            </span>
          )}
        </MenuChoice>
      ))}
      <MenuLine />
      {shown.kind === 'folder' && (
        <MenuItem icon={<Settings2 />} onClick={() => onEdit(shown.id)}>
          {say('Change this folder')}
        </MenuItem>
      )}
      <MenuItem icon={<FolderPlus />} onClick={() => onEdit('new')}>
        {say('New folder')}
      </MenuItem>
      <MenuItem icon={<ListChecks />} onClick={onSelect}>
        {say('Select several')}
      </MenuItem>
    </>
  )
}
