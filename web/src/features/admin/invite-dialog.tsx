import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { planNames } from '#lib/plan-names.ts'
import { ProblemError, fieldError, messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { CopyButton } from '#ui/copy-button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { refreshAdmin } from './queries.ts'
import { roleNames } from './role-names.ts'

const plans = (['free', 'pro', 'enterprise'] as const).map((value) => ({ value, name: planNames[value] }))
const roles = (['user', 'enterprise', 'admin'] as const).map((value) => ({ value, name: roleNames[value] }))
const ends = [
  { value: '1', name: 'For a day' },
  { value: '7', name: 'For a week' },
  { value: '30', name: 'For a month' },
] as const

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const [role, setRole] = useState<Role>('user')
  const [plan, setPlan] = useState<PlanId>('free')
  const [days, setDays] = useState<(typeof ends)[number]['value']>('7')
  const invite = useMutation({
    mutationFn: (email: string) =>
      call(endpoints.adminInvite, {
        body: { role, plan, expiresAt: new Date(Date.now() + Number(days) * 86_400_000).toISOString(), ...(email && { email }) },
      }),
    onSuccess: refreshAdmin,
  })
  const { data, error } = invite
  const taken = error instanceof ProblemError && error.code === 'email_taken' ? messageOf(error) : undefined
  const fault = fieldError(error, 'email') ?? taken
  if (data)
    return (
      <Dialog title={data.url ? 'The invitation' : 'Invited'} onClose={onClose} wide>
        {data.url ? (
          <>
            <p className="text-muted">
              Hand this link over{data.email ? ` to ${data.email} alone` : ' to one person'}. It works once, and is not shown again.
            </p>
            <p className="flex items-start gap-1 rounded-lg bg-sunken p-3">
              <span className="min-w-0 grow font-mono text-[0.8125rem] [overflow-wrap:anywhere]">{data.url}</span>
              <CopyButton text={data.url} label="Copy link" />
            </p>
          </>
        ) : (
          <p className="text-muted [overflow-wrap:anywhere]">A letter is on its way to {data.email}.</p>
        )}
        <Button className="self-end" data-first-focus onClick={onClose}>
          Done
        </Button>
      </Dialog>
    )
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          invite.mutate(fieldsOf(event.currentTarget, 'email').email.trim())
        }}
      >
        <Field
          label="Email (optional)"
          name="email"
          type="email"
          autoComplete="off"
          maxLength={254}
          data-first-focus
          hint="Only this address can use it. Without one, the first who has the link can."
          error={fault}
        />
        <Select label="Role" value={role} options={roles} onChange={setRole} />
        <Select label="Plan" value={plan} options={plans} onChange={setPlan} />
        <Select label="Good" value={days} options={ends} onChange={setDays} />
        {error && !fault && <Notice look="danger">{messageOf(error)}</Notice>}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={invite.isPending}>
            Invite
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
