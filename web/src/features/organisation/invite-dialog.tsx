import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Organisation, OrganisationRole } from '@jarvis/contracts/organisations.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { fieldError, messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { ShownLink } from '#ui/shown-link.tsx'
import { refreshOrganisation } from './queries.ts'
import { roleOptions } from './role-words.ts'
import { say } from '#words/say.ts'

/** Good for seven days; the link is shown once. */
export function InviteDialog({ organisation, onClose }: { organisation: Organisation; onClose: () => void }) {
  const [role, setRole] = useState<OrganisationRole>('member')
  const invite = useMutation({
    mutationFn: (email: string) => call(endpoints.inviteMember, { params: { id: organisation.id }, body: { role, ...(email && { email }) } }),
    onSuccess: refreshOrganisation,
  })
  const { data, error } = invite
  const fault = fieldError(error, 'email')
  if (data)
    return (
      <Dialog title={say('The invitation')} onClose={onClose} wide>
        {data.url ? (
          <>
            <p className="text-muted">{say('Hand this link over to one person alone. It works once, for seven days, and is not shown again.')}</p>
            <ShownLink url={data.url} />
          </>
        ) : (
          <p className="text-muted [overflow-wrap:anywhere]">{say('A letter is on its way to {email}.', { email: data.email ?? '' })}</p>
        )}
        <Button className="self-end" data-first-focus onClick={onClose}>
          {say('Done')}
        </Button>
      </Dialog>
    )
  return (
    <Dialog title={say('Invite somebody')} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          invite.mutate(fieldsOf(event.currentTarget, 'email').email.trim())
        }}
      >
        <Field
          label={say('Email (optional)')}
          name="email"
          type="email"
          autoComplete="off"
          maxLength={254}
          data-first-focus
          hint={say('Only an account with this address can use it. Without one, the first who has the link can.')}
          error={fault}
        />
        {organisation.role === 'owner' && <Select label={say('Role')} value={role} options={roleOptions()} onChange={setRole} />}
        {error && !fault && <Notice look="danger">{messageOf(error)}</Notice>}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{say('Cancel')}</Button>
          <Button type="submit" look="primary" busy={invite.isPending}>
            {say('Invite')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
