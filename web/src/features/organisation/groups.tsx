import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Organisation } from '@jarvis/contracts/organisations.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { Badge } from '#ui/badge.tsx'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { GroupDialog } from './group-dialog.tsx'
import { groupsQuery, refreshOrganisation } from './queries.ts'
import { say, sayCount } from '#words/say.ts'

/** Some of the members, whom files, prompts and folders are shared with. */
export function Groups({ organisation: { id, role } }: { organisation: Organisation }) {
  const { data, error, refetch } = useQuery(groupsQuery(id))
  const [openId, setOpen] = useState<string | null>(null)
  const open = data?.items.find((group) => group.id === openId)
  const mayChange = role !== 'member'
  return (
    <div className="flex flex-col gap-5">
      <p className="max-w-[60ch] text-muted">{say('Files, prompts and folders can be shared with a group. Who is in it reads them.')}</p>
      {error && !data && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonList label={say('Loading')} rows={2} />}
      {data?.items.length === 0 && <p className="text-muted">{say('There are no groups yet.')}</p>}
      {data && data.items.length > 0 && (
        <ul aria-label={say('Groups')} className="flex flex-col gap-3">
          {data.items.map((group) => (
            <li key={group.id} className="flex flex-wrap items-center gap-x-4 gap-y-2">
              <div className="flex min-w-0 grow basis-48 flex-col">
                <span className="flex flex-wrap items-center gap-2">
                  <span dir="auto" className="[overflow-wrap:anywhere]">
                    {group.name}
                  </span>
                  {group.isIn && <Badge>{say('You are in it')}</Badge>}
                </span>
                <span className="text-sm text-muted">{sayCount(group.members, '{n} member', '{n} members')}</span>
              </div>
              {mayChange && (
                <Button aria-label={say('Change {name}', { name: group.name })} onClick={() => setOpen(group.id)}>
                  {say('Change')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {mayChange && <NewGroup id={id} />}
      {open && <GroupDialog organisationId={id} group={open} onClose={() => setOpen(null)} />}
    </div>
  )
}

function NewGroup({ id }: { id: string }) {
  const [name, setName] = useState('')
  const make = useMutation({
    mutationFn: () => call(endpoints.createGroup, { params: { id }, body: { name: name.trim() } }),
    async onSuccess() {
      setName('')
      await refreshOrganisation()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim()) make.mutate()
  }
  return (
    <form className="flex max-w-md flex-col gap-3" onSubmit={submit}>
      <Field label={say('New group')} maxLength={100} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
      {make.error && <Notice look="danger">{messageOf(make.error)}</Notice>}
      <Button type="submit" className="min-h-11 self-start" busy={make.isPending} disabled={name.trim() === ''}>
        {say('Make the group')}
      </Button>
    </form>
  )
}
