import { useQuery } from '@tanstack/react-query'
import { ListFilter } from 'lucide-react'
import { Suspense, lazy, useState } from 'react'
import { useStore } from '#lib/store.ts'
import { Menu } from '#ui/menu.tsx'
import { foldersQuery, shownList } from './folder-queries.ts'
import { say } from '#words/say.ts'

const FilterChoices = lazy(async () => ({ default: (await import('./filter-choices.tsx')).FilterChoices }))
const FolderDialog = lazy(async () => ({ default: (await import('./folder-dialog.tsx')).FolderDialog }))

/** Which of the conversations are listed, and what can be done with all of these. */
export function ConversationFilter({ onSelect }: { onSelect: () => void }) {
  const shown = useStore(shownList)
  const { data } = useQuery(foldersQuery)
  const [edited, setEdited] = useState<string | null>(null)
  const folder = shown.kind === 'folder' ? data?.items.find(({ id }) => id === shown.id) : undefined
  const name = shown.kind === 'archived' ? say('Archived') : (folder?.name ?? say('All conversations'))
  return (
    <div className="mx-2 mb-1">
      <Menu
        label={say('Which conversations')}
        named
        className="w-64"
        triggerClass="flex min-h-10 w-full items-center gap-2 rounded-lg px-3 text-sm text-muted hover:bg-hover hover:text-ink"
        trigger={
          <>
            <ListFilter aria-hidden className="size-4 shrink-0" />
            <span className="sr-only">{say('Shown:')} </span>
            <span dir="auto" className="truncate">
              {name}
            </span>
          </>
        }
      >
        <FilterChoices folders={data?.items ?? []} onEdit={setEdited} onSelect={onSelect} />
      </Menu>
      <Suspense>{edited && <FolderDialog folder={data?.items.find(({ id }) => id === edited)} onClose={() => setEdited(null)} />}</Suspense>
    </div>
  )
}
