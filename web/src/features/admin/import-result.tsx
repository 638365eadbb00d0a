import type { InvitedMany } from '@jarvis/contracts/invitations.ts'
import { useState } from 'react'
import { csvOf } from '#lib/csv.ts'
import { saveText } from '#lib/save-text.ts'
import { Button } from '#ui/button.tsx'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { Notice } from '#ui/notice.tsx'
import type { FileRow } from './people-file.ts'
import { say, sayCount } from '#words/say.ts'

type ResultProps = { rows: readonly FileRow[]; done: InvitedMany; onClose: () => void }

/** What was done, as a file too: where links are handed over they are in it alone, so it is not left by mistake. */
export function ImportResult({ rows, done, onClose }: ResultProps) {
  const [isSaved, setSaved] = useState(false)
  const [isLeaving, setLeaving] = useState(false)
  const hasLinks = done.rows.some(({ url }) => url !== null)
  return (
    <div className="flex flex-col gap-6">
      <Notice>
        {sayCount(done.invited, '{n} person is invited.', '{n} people are invited.')}{' '}
        {done.skipped > 0 && sayCount(done.skipped, '{n} row was skipped.', '{n} rows were skipped.')}
      </Notice>
      {hasLinks && (
        <Notice look="warn">
          {say('The links are in this list alone, and are not shown again. Save it, and hand each over to its person alone.')}
        </Notice>
      )}
      <div className="flex flex-wrap gap-2">
        <Button
          look={hasLinks && !isSaved ? 'primary' : 'quiet'}
          className="min-h-11"
          onClick={() => {
            saveText('jarvis-invitations.csv', `\uFEFF${resultOf(rows, done)}\r\n`, 'text/csv;charset=utf-8')
            setSaved(true)
          }}
        >
          {say('Save the list as CSV')}
        </Button>
        <Button
          look={hasLinks && !isSaved ? 'quiet' : 'primary'}
          className="min-h-11"
          onClick={() => (hasLinks && !isSaved ? setLeaving(true) : onClose())}
        >
          {say('Done')}
        </Button>
      </div>
      {isLeaving && (
        <ConfirmDialog
          title={say('Leave without the links?')}
          action={say('Leave without them')}
          onConfirm={onClose}
          onClose={() => setLeaving(false)}
        >
          {say('You have not saved them. Without its link an invitation can only be taken back.')}
        </ConfirmDialog>
      )}
    </div>
  )
}

/** Names of columns and outcomes are for programs: the same in every language. Read in again, it brings those who were skipped. */
const resultOf = (rows: readonly FileRow[], { rows: done }: InvitedMany) =>
  csvOf([
    ['row', 'email', 'name', 'role', 'plan', 'invitation'],
    ...done.map(({ email, role, plan, outcome, url }, index) => {
      const from = rows[index]!
      const invitation = url ?? (outcome === 'mail' ? 'mailed' : `skipped: ${outcome}`)
      return [String(from.row), email, from.name, role ?? from.role, plan ?? from.plan, invitation]
    }),
  ])
