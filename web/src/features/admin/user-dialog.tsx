import type { AdminUser } from '@jarvis/contracts/admin.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { amountOf, usdText } from '#lib/money.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { toast } from '#ui/toast.tsx'
import { CeilingField } from './ceiling-field.tsx'
import { changesOf } from './changes.ts'
import { EndPassword } from './end-password.tsx'
import { ErasePerson } from './erase-person.tsx'
import { PersonSessions } from './person-sessions.tsx'
import { ReadPerson } from './read-person.tsx'
import { refreshAdmin } from './queries.ts'
import { ResetFactors } from './reset-factors.tsx'
import { roleOptions } from './role-names.ts'
import { say } from '#words/say.ts'

const plans = (['free', 'pro', 'enterprise'] as const).map((value) => ({ value, name: planNames[value] }))

export function UserDialog({ user, onClose }: { user: AdminUser; onClose: () => void }) {
  const [role, setRole] = useState<Role>(user.role)
  const [plan, setPlan] = useState<PlanId>(user.plan)
  const [disabled, setDisabled] = useState(user.disabled)
  const [ceiling, setCeiling] = useState(user.ceilingMicroUsd === null ? '' : usdText(user.ceilingMicroUsd))
  const ceilingMicroUsd = amountOf(ceiling)
  const { body, sentences } = changesOf(user, { role, plan, disabled, ceilingMicroUsd: ceilingMicroUsd ?? null })
  const save = useMutation({
    mutationFn: (changes: typeof body) => call(endpoints.adminUpdateUser, { params: { id: user.id }, body: changes }),
    onSuccess: async () => {
      await refreshAdmin()
      toast(say('Changed. It acts at once.'))
      onClose()
    },
  })
  const paying = ['active', 'trialing', 'past_due'].includes(user.subscription)
  return (
    <Dialog title={user.name || user.email} onClose={onClose}>
      <p className="-mt-3 text-sm text-muted [overflow-wrap:anywhere]">
        {user.email} ·{' '}
        <Link to="/admin/usage" search={{ userId: user.id }} className="text-accent underline decoration-accent-line underline-offset-4">
          {say('Usage')}
        </Link>
      </p>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (sentences.length > 0 && ceilingMicroUsd !== undefined) save.mutate(body)
        }}
      >
        <Select label={say('Plan')} value={plan} options={plans} onChange={setPlan} />
        {paying && plan !== user.plan && (
          <Notice look="warn">
            {say('A subscription pays for this person’s plan, and sets it back within a minute. Change the subscription in Stripe instead.')}
          </Notice>
        )}
        <Select label={say('Role')} value={role} options={roleOptions()} onChange={setRole} />
        <CeilingField
          label={say('Spend ceiling of a month, in dollars')}
          text={ceiling}
          onChange={setCeiling}
          hint={say('Models answer until this is spent, then not before the next month. Empty: no ceiling.')}
        />
        <label className="flex min-h-11 items-center gap-2.5">
          <input type="checkbox" className="size-4 accent-accent" checked={disabled} onChange={() => setDisabled(!disabled)} />
          {say('Disabled: signed out everywhere, and cannot sign in')}
        </label>
        <div role="status">
          {sentences.length > 0 && (
            <ul aria-label={say('What will change')} className="flex list-disc flex-col gap-1 ps-5 text-sm text-muted">
              {sentences.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          )}
        </div>
        {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{say('Cancel')}</Button>
          <Button
            type="submit"
            look={body.disabled ? 'danger' : 'primary'}
            busy={save.isPending}
            disabled={sentences.length === 0 || ceilingMicroUsd === undefined}
          >
            {sentences.length > 1 ? say('Make these changes') : say('Make this change')}
          </Button>
        </div>
      </form>
      <PersonSessions user={user} />
      <ReadPerson user={user} />
      <EndPassword user={user} />
      {(user.factors.totp || user.factors.passkeys > 0) && <ResetFactors user={user} />}
      <ErasePerson user={user} onErased={onClose} />
    </Dialog>
  )
}
