import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { invitedRowsMax } from '@jarvis/contracts/invitations.ts'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { call } from '#lib/call.ts'
import { formatCount } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { saveText } from '#lib/save-text.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { ImportPreview } from './import-preview.tsx'
import { ImportResult } from './import-result.tsx'
import { endAfter, type InvitationEnd, endOptions } from './invitation-ends.ts'
import { type FileFault, type FileRow, peopleIn } from './people-file.ts'
import { refreshAdmin } from './queries.ts'
import type { English } from '#words/language.ts'
import { say } from '#words/say.ts'

const faults: Record<FileFault, English> = {
  too_big: 'The file is larger than 1 MB.',
  too_many: 'The file has more than {n} rows. Divide it.',
  no_email: 'The file has no column that is called “email”. Its first row has to name the columns.',
  open_quote: 'A quotation mark is opened and never closed, so that rows would run together. Mend the file.',
  no_rows: 'Below its first row the file is empty.',
}

const example = 'email,name,role,plan\r\nada@example.org,Ada,user,free\r\ngrace@example.org,Grace,admin,pro\r\n'

/** From a file of people to their invitations: what it says is shown before anything is sent. */
export function ImportPeople({ onClose }: { onClose: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null)
  const input = useRef<HTMLInputElement>(null)
  const [days, setDays] = useState<InvitationEnd>('7')
  const look = useMutation({
    mutationFn: async (file: File) => {
      const read = await peopleIn(file)
      if (typeof read === 'string') return { file, fault: read }
      return { file, read, judged: await call(endpoints.adminInviteMany, { body: { rows: asked(read), preview: true } }) }
    },
  })
  const invite = useMutation({
    mutationFn: (read: readonly FileRow[]) => call(endpoints.adminInviteMany, { body: { rows: asked(read), expiresAt: endAfter(days) } }),
    onSuccess: refreshAdmin,
  })
  // The steps follow one another in one place: who hears the page is told where they are.
  const step = invite.isSuccess ? 'done' : look.data?.judged ? 'shown' : 'file'
  useEffect(() => heading.current?.focus(), [step])
  const { read, judged, fault, file } = look.data ?? {}
  return (
    <section aria-labelledby="import-people" className="flex flex-col gap-6">
      <h2 id="import-people" ref={heading} tabIndex={-1} className="text-lg font-semibold tracking-tight outline-none">
        {say('People from a file')}
      </h2>
      {read && invite.data ? (
        <ImportResult rows={read} done={invite.data} onClose={onClose} />
      ) : (
        <>
          {!judged && (
            <div className="flex max-w-2xl flex-col gap-2 text-muted">
              <p>
                {say(
                  'A CSV file whose first row names the columns: email, name, role and plan. Only email is needed; at most {n} rows. Nothing is sent before you have seen what would happen.',
                  { n: invitedRowsMax },
                )}
              </p>
              <p>{say('The name is for you alone: it comes back beside the link. Each person chooses their own.')}</p>
            </div>
          )}
          <div className="flex flex-wrap gap-2">
            <Button look={judged ? 'quiet' : 'primary'} className="min-h-11" busy={look.isPending} onClick={() => input.current?.click()}>
              {judged ? say('Choose another file') : say('Choose a file')}
            </Button>
            <Button className="min-h-11" onClick={() => saveText('jarvis-people-example.csv', `\uFEFF${example}`, 'text/csv;charset=utf-8')}>
              {say('Save an example')}
            </Button>
            <Button look="bare" className="min-h-11" onClick={onClose}>
              {say('Back to people')}
            </Button>
            <input
              ref={input}
              hidden
              type="file"
              accept=".csv,text/csv,.txt,text/plain"
              aria-label={say('File with people')}
              onChange={({ target }) => {
                const [chosen] = target.files ?? []
                target.value = ''
                if (!chosen) return
                invite.reset()
                look.mutate(chosen)
              }}
            />
          </div>
          {fault && <Notice look="danger">{say(faults[fault], { n: formatCount(invitedRowsMax) })}</Notice>}
          {look.error && <Notice look="danger">{messageOf(look.error)}</Notice>}
          {read && judged && (
            <ImportPreview name={file?.name ?? ''} rows={read} judged={judged}>
              {judged.invited > 0 && (
                <>
                  <Select label={say('Good')} value={days} options={endOptions()} onChange={setDays} className="basis-44" />
                  <Button look="primary" className="min-h-11" busy={invite.isPending} onClick={() => invite.mutate(read)}>
                    {judged.rows.some(({ outcome }) => outcome === 'mail') ? say('Send the invitations') : say('Make the invitations')}
                  </Button>
                </>
              )}
            </ImportPreview>
          )}
          {invite.error && <Notice look="danger">{messageOf(invite.error)}</Notice>}
        </>
      )}
    </section>
  )
}

const asked = (rows: readonly FileRow[]) => rows.map(({ email, role, plan }) => ({ email, role, plan }))
