import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Member } from '@jarvis/contracts/organisations.ts'
import type { MemberGroup } from '@jarvis/contracts/sharing.ts'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { useDebounced } from '#lib/use-debounced.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { SearchInput } from '#ui/search-input.tsx'
import { groupMembersQuery, membersQuery, refreshOrganisation } from './queries.ts'
import { say } from '#words/say.ts'

type GroupDialogProps = { organisationId: string; group: MemberGroup; onClose: () => void }

/** A group: its name, who is in it, and its end. */
export function GroupDialog({ organisationId, group, onClose }: GroupDialogProps) {
  const [name, setName] = useState(group.name)
  const params = { id: organisationId, groupId: group.id }
  const act = useMutation({ mutationFn: (work: () => Promise<unknown>) => work(), onSuccess: refreshOrganisation })
  const rename = () => act.mutate(() => call(endpoints.updateGroup, { params, body: { name: name.trim() } }))
  const remove = () => act.mutate(() => call(endpoints.deleteGroup, { params }), { onSuccess: onClose })
  return (
    <Dialog title={group.name} onClose={onClose} wide>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          rename()
        }}
      >
        <Field label={say('Name')} required maxLength={100} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
        <Button type="submit" className="self-start" busy={act.isPending} disabled={name.trim() === '' || name.trim() === group.name}>
          {say('Save')}
        </Button>
      </form>
      <GroupMembers
        organisationId={organisationId}
        groupId={group.id}
        onAdd={(userId) => act.mutate(() => call(endpoints.addToGroup, { params: { ...params, userId } }))}
        onTakeOut={(userId) => act.mutate(() => call(endpoints.takeFromGroup, { params: { ...params, userId } }))}
      />
      {act.error && <Notice look="danger">{messageOf(act.error)}</Notice>}
      <p className="text-sm text-muted">{say('What is shared with a group alone is shared no longer when the group is deleted.')}</p>
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="danger" className="me-auto" busy={act.isPending} onClick={remove}>
          {say('Delete the group')}
        </Button>
        <Button onClick={onClose}>{say('Close')}</Button>
      </div>
    </Dialog>
  )
}

type GroupMembersProps = { organisationId: string; groupId: string; onAdd: (userId: string) => void; onTakeOut: (userId: string) => void }

function GroupMembers({ organisationId, groupId, onAdd, onTakeOut }: GroupMembersProps) {
  const [search, setSearch] = useState('')
  const q = useDebounced(search.trim(), 250)
  const inside = useInfiniteQuery(groupMembersQuery(organisationId, groupId))
  const found = useInfiniteQuery({ ...membersQuery(organisationId, q), enabled: q !== '' })
  const members = inside.data?.pages.flatMap(({ items }) => items) ?? []
  const others = q === '' ? [] : (found.data?.pages[0]?.items ?? []).filter(({ userId }) => !members.some((one) => one.userId === userId)).slice(0, 5)
  return (
    <div className="flex flex-col gap-3">
      {inside.isSuccess && members.length === 0 && <p className="text-muted">{say('Nobody is in it yet.')}</p>}
      <ul aria-label={say('Who is in it')} className="flex max-h-[30dvh] flex-col overflow-y-auto">
        {members.map((member) => (
          <Person key={member.userId} member={member} action={say('Take out')} onAct={onTakeOut} />
        ))}
      </ul>
      {inside.hasNextPage && (
        <Button className="self-start" busy={inside.isFetchingNextPage} onClick={() => void inside.fetchNextPage()}>
          {say('Show more')}
        </Button>
      )}
      <div className="relative">
        <SearchInput label={say('Put somebody in')} placeholder={say('Name or email')} value={search} onChange={setSearch} />
      </div>
      {q !== '' && found.isSuccess && others.length === 0 && <p className="text-muted">{say('Nobody fits this search.')}</p>}
      {others.length > 0 && (
        <ul aria-label={say('Members')} className="flex flex-col">
          {others.map((member) => (
            <Person key={member.userId} member={member} action={say('Put in')} onAct={onAdd} />
          ))}
        </ul>
      )}
    </div>
  )
}

function Person({ member: { userId, name, email }, action, onAct }: { member: Member; action: string; onAct: (userId: string) => void }) {
  return (
    <li className="flex min-h-12 items-center gap-3">
      <span className="flex min-w-0 grow flex-col">
        <bdi className="truncate">{name || email}</bdi>
        <span className="truncate text-sm text-muted">{email}</span>
      </span>
      <Button aria-label={`${action}: ${name || email}`} onClick={() => onAct(userId)}>
        {action}
      </Button>
    </li>
  )
}
