import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { planNames } from '#lib/plan-names.ts'
import { ProblemError, fieldError, messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { ShownLink } from '#ui/shown-link.tsx'
import { endAfter, type InvitationEnd, endOptions } from './invitation-ends.ts'
import { refreshAdmin } from './queries.ts'
import { roleOptions } from './role-names.ts'
import { say } from '#words/say.ts'

const plans = (['free', 'pro', 'enterprise'] as const).map((value) => ({ value, name: planNames[value] }))

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const [role, setRole] = useState<Role>('user')
  const [plan, setPlan] = useState<PlanId>('free')
  const [days, setDays] = useState<InvitationEnd>('7')
  const invite = useMutation({
    mutationFn: (email: string) =>
      call(endpoints.adminInvite, {
        body: { role, plan, expiresAt: endAfter(days), ...(email && { email }) },
      }),
    onSuccess: refreshAdmin,
  })
  const { data, error } = invite
  const taken = error instanceof ProblemError && error.code === 'email_taken' ? messageOf(error) : undefined
  const fault = fieldError(error, 'email') ?? taken
  if (data)
    return (
      <Dialog title={data.url ? say('The invitation') : say('Invited')} onClose={onClose} wide>
        {data.url ? (
          <>
            <p className="text-muted">
              {data.email
                ? say('Hand this link over to {email} alone. It works once, and is not shown again.', { email: data.email })
                : say('Hand this link over to one person. It works once, and is not shown again.')}
            </p>
            <ShownLink url={data.url} />
          </>
        ) : (
          <p className="text-muted [overflow-wrap:anywhere]">{say('A letter to {email} is on its way.', { email: data.email ?? '' })}</p>
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
          hint={say('Only this address can use it. Without one, the first who has the link can.')}
          error={fault}
        />
        <Select label={say('Role')} value={role} options={roleOptions()} onChange={setRole} />
        <Select label={say('Plan')} value={plan} options={plans} onChange={setPlan} />
        <Select label={say('Good')} value={days} options={endOptions()} onChange={setDays} />
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
