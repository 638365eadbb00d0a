import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { refreshOrganisation } from './queries.ts'
import { say } from '#words/say.ts'

export function FoundOrganisation() {
  const found = useMutation({
    mutationFn: (name: string) => call(endpoints.createOrganisation, { body: { name } }),
    onSuccess: refreshOrganisation,
  })
  return (
    <div className="flex flex-col gap-6">
      <p className="text-muted">{say('You are in none. To join one, ask one of its owners for an invitation.')}</p>
      <form
        className="flex max-w-md flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          const name = fieldsOf(event.currentTarget, 'name').name.trim()
          if (name) found.mutate(name)
        }}
      >
        <Field
          label={say('Name of a new organisation')}
          name="name"
          required
          maxLength={100}
          autoComplete="organization"
          hint={say('You become its owner. Until it has seats, everybody in it pays for themselves.')}
        />
        {found.error && <Notice look="danger">{messageOf(found.error)}</Notice>}
        <Button type="submit" look="primary" className="min-h-11 self-start" busy={found.isPending}>
          {say('Make an organisation')}
        </Button>
      </form>
    </div>
  )
}
