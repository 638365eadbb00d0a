import type { AdminOrganisation } from '@jarvis/contracts/organisations.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { PlanId } from '@jarvis/contracts/plans.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

const plans = (['free', 'pro', 'enterprise'] as const).map((value) => ({ value, name: planNames[value] }))

/** Seats are given here, and what follows is said before it happens. */
export function SeatsDialog({ organisation, onClose }: { organisation: AdminOrganisation; onClose: () => void }) {
  const [plan, setPlan] = useState<PlanId>(organisation.plan)
  const [text, setText] = useState(String(organisation.seats))
  const seats = /^\d{1,6}$/.test(text.trim()) && Number(text) <= 100_000 ? Number(text) : undefined
  const losing = seats === undefined ? 0 : Math.max(0, organisation.seatsTaken - seats)
  const isOther = plan !== organisation.plan || seats !== organisation.seats
  const save = useMutation({
    mutationFn: () =>
      call(endpoints.adminUpdateOrganisation, { params: { id: organisation.id }, body: { plan, ...(seats !== undefined && { seats }) } }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['admin'] })
      toast(say('Changed. It acts at once.'))
      onClose()
    },
  })
  return (
    <Dialog title={organisation.name} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (seats !== undefined) save.mutate()
        }}
      >
        <Select label={say('Plan of a seat')} value={plan} options={plans} onChange={setPlan} />
        <Field
          label={say('Seats')}
          inputMode="numeric"
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={seats === undefined ? say('A whole number up to 100,000.') : undefined}
          hint={say('Who joined first gets one first. Without a seat everybody pays for themselves.')}
        />
        {losing > 0 && (
          <Notice look="warn">
            {say('{losing} of those who have a seat lose it, who joined last first. They stay members, and use Jarvis by their own plan.', {
              losing,
            })}
          </Notice>
        )}
        {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{say('Cancel')}</Button>
          <Button type="submit" look="primary" busy={save.isPending} disabled={seats === undefined || !isOther}>
            {say('Save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
