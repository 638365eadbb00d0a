import { useState } from 'react'
import { plural } from '#lib/format.ts'
import { Button } from '#ui/button.tsx'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { ForgetChoice } from './forget-choice.tsx'
import { archiveConversations, deleteConversations } from './actions.ts'
import { MoveDialog } from './move-dialog.tsx'

type BarProps = { ids: readonly string[]; total: number; archived: boolean; onAll: () => void; onDone: () => void }

/** What is done with the conversations that are ticked. */
export function SelectionBar({ ids, total, archived, onAll, onDone }: BarProps) {
  const [asked, setAsked] = useState<'move' | 'delete' | null>(null)
  const [forget, setForget] = useState(false)
  const none = ids.length === 0
  const small = 'min-h-9 px-3 text-sm'
  return (
    <div role="group" aria-label="Selected conversations" className="mx-2 mb-1 flex flex-wrap items-center gap-1 rounded-lg border border-line p-2">
      <p aria-live="polite" className="w-full px-1 text-sm text-muted">
        {plural(ids.length, 'conversation')} selected
      </p>
      <Button className={small} disabled={ids.length === total} onClick={onAll}>
        All {total}
      </Button>
      <Button className={small} disabled={none} onClick={() => setAsked('move')}>
        Move
      </Button>
      <Button
        className={small}
        disabled={none}
        onClick={() => {
          onDone()
          void archiveConversations(ids, !archived)
        }}
      >
        {archived ? 'Unarchive' : 'Archive'}
      </Button>
      <Button look="danger" className={small} disabled={none} onClick={() => setAsked('delete')}>
        Delete
      </Button>
      <Button look="bare" className={small} onClick={onDone}>
        Cancel
      </Button>
      {asked === 'move' && <MoveDialog ids={ids} onDone={onDone} onClose={() => setAsked(null)} />}
      {asked === 'delete' && (
        <ConfirmDialog
          title={`Delete ${plural(ids.length, 'conversation')}?`}
          action="Delete"
          onConfirm={() => {
            onDone()
            void deleteConversations(ids, forget)
          }}
          onClose={() => setAsked(null)}
        >
          They and all their messages will be gone for good.
          <ForgetChoice chosen={forget} onChoose={setForget} />
        </ConfirmDialog>
      )}
    </div>
  )
}
