import { useQuery } from '@tanstack/react-query'
import { Folder, FolderMinus } from 'lucide-react'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { moveConversations } from './actions.ts'
import { foldersQuery } from './folder-queries.ts'
import { say } from '#words/say.ts'

/** Puts conversations into a folder, or takes them out. */
export function MoveDialog({ ids, onDone, onClose }: { ids: readonly string[]; onDone?: () => void; onClose: () => void }) {
  const { data, error, refetch } = useQuery(foldersQuery)
  const move = (folderId: string | null) => {
    onClose()
    onDone?.()
    void moveConversations(ids, folderId)
  }
  return (
    <Dialog title={say('Move to a folder')} onClose={onClose}>
      {error && !data && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && <p className="text-muted">{say('There is no folder yet. Make one in the menu above the conversations.')}</p>}
      <ul className="-mx-2 flex max-h-[50dvh] flex-col overflow-y-auto">
        {data?.items.map(({ id, name }) => (
          <li key={id}>
            <Button look="bare" className="w-full justify-start!" onClick={() => move(id)}>
              <Folder aria-hidden className="size-4 shrink-0" />
              <span dir="auto" className="truncate">
                {name}
              </span>
            </Button>
          </li>
        ))}
        <li>
          <Button look="bare" className="w-full justify-start!" onClick={() => move(null)}>
            <FolderMinus aria-hidden className="size-4" /> {say('No folder')}
          </Button>
        </li>
      </ul>
    </Dialog>
  )
}
