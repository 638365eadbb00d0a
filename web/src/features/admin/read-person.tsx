import type { AdminUser } from '@jarvis/contracts/admin.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { ReadOne } from './read-one.tsx'
import { say } from '#words/say.ts'

/** What somebody said, to an administrator who says why. The person is shown that. */
export function ReadPerson({ user: { id, name, email } }: { user: AdminUser }) {
  const [isAsked, setAsked] = useState(false)
  const [reason, setReason] = useState('')
  const [open, setOpen] = useState<string | null>(null)
  const list = useMutation({
    mutationFn: (body: { reason: string }) => call(endpoints.adminReadConversations, { params: { id }, body }),
    onSuccess: (_read, body) => setReason(body.reason),
  })
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      {!isAsked && (
        <Button className="self-start" onClick={() => setAsked(true)}>
          {say('Read conversations')}
        </Button>
      )}
      {isAsked && !list.data && (
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault()
            list.mutate(fieldsOf(event.currentTarget, 'reason'))
          }}
        >
          <p className="text-sm text-muted">{say('{name} is shown that you read, when, and this reason.', { name: name || email })}</p>
          <Field
            label={say('Why you read')}
            name="reason"
            required
            minLength={3}
            maxLength={500}
            autoComplete="off"
            error={list.error ? messageOf(list.error) : undefined}
          />
          <div className="flex flex-wrap gap-2">
            <Button type="submit" busy={list.isPending}>
              {say('Show the conversations')}
            </Button>
            <Button onClick={() => setAsked(false)}>{say('Leave it')}</Button>
          </div>
        </form>
      )}
      {list.data?.items.length === 0 && <Notice>{say('There are no conversations.')}</Notice>}
      {list.data && list.data.items.length > 0 && (
        <ul aria-label={say('Conversations')} className="flex flex-col gap-1">
          {list.data.items.map(({ id: conversation, title, updatedAt }) => (
            <li key={conversation}>
              <button
                type="button"
                aria-expanded={open === conversation}
                className="flex min-h-11 w-full flex-wrap items-baseline gap-x-3 rounded-lg px-2 py-2 text-start hover:bg-hover"
                onClick={() => setOpen(open === conversation ? null : conversation)}
              >
                <span dir="auto" className="[overflow-wrap:anywhere]">
                  {title || say('New chat')}
                </span>
                <span className="text-sm text-muted">{formatMoment(updatedAt)}</span>
              </button>
              {open === conversation && <ReadOne id={conversation} reason={reason} />}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
