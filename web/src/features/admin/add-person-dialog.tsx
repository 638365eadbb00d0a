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
import { HandOver } from './hand-over.tsx'
import { refreshAdmin } from './queries.ts'
import { roleOptions } from './role-names.ts'
import { say } from '#words/say.ts'

const plans = (['free', 'pro', 'enterprise'] as const).map((value) => ({ value, name: planNames[value] }))

/** An account for somebody, who sets the password by a link: mailed, or shown here once. */
export function AddPersonDialog({ onClose }: { onClose: () => void }) {
  const [role, setRole] = useState<Role>('user')
  const [plan, setPlan] = useState<PlanId>('free')
  const add = useMutation({
    mutationFn: (body: { name: string; email: string }) => call(endpoints.adminAddUser, { body: { ...body, role, plan } }),
    onSuccess: refreshAdmin,
  })
  const { data, error } = add
  if (data)
    return (
      <Dialog title={say('{name} has an account', { name: data.name })} onClose={onClose} wide>
        {data.link?.url ? (
          <HandOver url={data.link.url} />
        ) : (
          <p className="text-muted [overflow-wrap:anywhere]">{say('A letter with a link goes to {email}.', { email: data.email })}</p>
        )}
        <Button className="self-end" data-first-focus onClick={onClose}>
          {say('Done')}
        </Button>
      </Dialog>
    )
  const taken = error instanceof ProblemError && error.code === 'email_taken' ? messageOf(error) : undefined
  const faults = { name: fieldError(error, 'name'), email: fieldError(error, 'email') ?? taken }
  return (
    <Dialog title={say('Add somebody')} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          const { name, email } = fieldsOf(event.currentTarget, 'name', 'email')
          add.mutate({ name: name.trim(), email: email.trim() })
        }}
      >
        <Field label={say('Name')} name="name" autoComplete="off" required maxLength={100} data-first-focus error={faults.name} />
        <Field
          label={say('Email')}
          name="email"
          type="email"
          autoComplete="off"
          required
          maxLength={254}
          hint={say('They set their password by a link, which works for 24 hours; by letter for 30 minutes.')}
          error={faults.email}
        />
        <Select label={say('Role')} value={role} options={roleOptions()} onChange={setRole} />
        <Select label={say('Plan')} value={plan} options={plans} onChange={setPlan} />
        {error && !faults.name && !faults.email && <Notice look="danger">{messageOf(error)}</Notice>}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{say('Cancel')}</Button>
          <Button type="submit" look="primary" busy={add.isPending}>
            {say('Add')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
