import type { Announcement } from '@jarvis/contracts/announcements.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { TextArea } from '#ui/text-area.tsx'
import { toast } from '#ui/toast.tsx'
import { refreshAnnounced } from './queries.ts'
import { say } from '#words/say.ts'

/** What a field of local date and time holds, as the server takes it; undefined where it is empty. */
const momentOf = (local: string) => (local === '' ? undefined : new Date(local).toISOString())

export function Announce() {
  const [tone, setTone] = useState<Announcement['tone']>('info')
  const announce = useMutation({
    mutationFn: ({ text, from, until }: Record<'text' | 'from' | 'until', string>) =>
      call(endpoints.adminAnnounce, { body: { text, tone, startsAt: momentOf(from), endsAt: momentOf(until) } }),
  })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        const form = event.currentTarget
        announce.mutate(fieldsOf(form, 'text', 'from', 'until'), {
          onSuccess: () => {
            form.reset()
            toast(say('Announced.'))
            void refreshAnnounced()
          },
        })
      }}
    >
      <TextArea label={say('Text')} name="text" required maxLength={1000} rows={3} />
      <div className="flex flex-wrap gap-3">
        <Select
          label={say('Kind')}
          className="grow basis-40"
          value={tone}
          options={[
            { value: 'info', name: say('For your information') },
            { value: 'warning', name: say('Warning') },
          ]}
          onChange={setTone}
        />
        <Field label={say('From (optional)')} name="from" type="datetime-local" className="grow basis-52" />
        <Field label={say('Until (optional)')} name="until" type="datetime-local" className="grow basis-52" />
      </div>
      {announce.error && <Notice look="danger">{messageOf(announce.error)}</Notice>}
      <Button type="submit" look="primary" className="h-11 self-start" busy={announce.isPending}>
        {say('Announce')}
      </Button>
    </form>
  )
}
