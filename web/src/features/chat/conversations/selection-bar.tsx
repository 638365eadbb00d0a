import { useState } from 'react'
import { Button } from '#ui/button.tsx'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { ForgetChoice } from './forget-choice.tsx'
import { archiveConversations, deleteConversations } from './actions.ts'
import { MoveDialog } from './move-dialog.tsx'
import { say, sayCount } from '#words/say.ts'

type BarProps = { ids: readonly string[]; total: number; archived: boolean; onAll: () => void; onDone: () => void }

/** What is done with the conversations that are ticked. */
export function SelectionBar({ ids, total, archived, onAll, onDone }: BarProps) {
  const [asked, setAsked] = useState<'move' | 'delete' | null>(null)
  const [forget, setForget] = useState(false)
  const none = ids.length === 0
  const small = 'min-h-9 px-3 text-sm'
  return (
    <div
      role="group"
      aria-label={say('Selected conversations')}
      className="mx-2 mb-1 flex flex-wrap items-center gap-1 rounded-lg border border-line p-2"
    >
      <p aria-live="polite" className="w-full px-1 text-sm text-muted">
        {sayCount(ids.length, '{n} conversation selected', '{n} conversations selected')}
      </p>
      <Button className={small} disabled={ids.length === total} onClick={onAll}>
        {say('All {n}', { n: total })}
      </Button>
      <Button className={small} disabled={none} onClick={() => setAsked('move')}>
        {say('Move')}
      </Button>
      <Button
        className={small}
        disabled={none}
        onClick={() => {
          onDone()
          void archiveConversations(ids, !archived)
        }}
      >
        {archived ? say('Unarchive') : say('Archive')}
      </Button>
      <Button look="danger" className={small} disabled={none} onClick={() => setAsked('delete')}>
        {say('Delete')}
      </Button>
      <Button look="bare" className={small} onClick={onDone}>
        {say('Cancel')}
      </Button>
      {asked === 'move' && <MoveDialog ids={ids} onDone={onDone} onClose={() => setAsked(null)} />}
      {asked === 'delete' && (
        <ConfirmDialog
          title={sayCount(ids.length, 'Delete {n} conversation?', 'Delete {n} conversations?')}
          action={say('Delete')}
          onConfirm={() => {
            onDone()
            void deleteConversations(ids, forget)
          }}
          onClose={() => setAsked(null)}
        >
          {say('They and all their messages will be gone for good.')}
          <ForgetChoice chosen={forget} onChoose={setForget} />
        </ConfirmDialog>
      )}
    </div>
  )
}
