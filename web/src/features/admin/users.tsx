import type { AdminUser, PeopleOrder } from '@jarvis/contracts/admin.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Suspense, lazy, useState } from 'react'
import { formatDate, formatShort } from '#lib/format.ts'
import { formatUsd } from '#lib/money.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { useDebounced } from '#lib/use-debounced.ts'
import { Badge } from '#ui/badge.tsx'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Select } from '#ui/select.tsx'
import { SearchInput } from '#ui/search-input.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { type Column, Table } from '#ui/table.tsx'
import { Invitations } from './invitations.tsx'
import { usersQuery } from './queries.ts'
import { roleNames, roleOptions } from './role-names.ts'
import { SavePeople } from './save-people.tsx'
import { UserDialog } from './user-dialog.tsx'
import { say } from '#words/say.ts'
import type { English } from '#words/language.ts'

const AddPersonDialog = lazy(async () => ({ default: (await import('./add-person-dialog.tsx')).AddPersonDialog }))

const ImportPeople = lazy(async () => ({ default: (await import('./import-people.tsx')).ImportPeople }))

const planOptions = (): { value: PlanId | 'any'; name: string }[] => [
  { value: 'any', name: say('Every plan') },
  ...(['free', 'pro', 'enterprise'] as const).map((value) => ({ value, name: planNames[value] })),
]
const roleChoices = (): { value: Role | 'any'; name: string }[] => [{ value: 'any', name: say('Every role') }, ...roleOptions()]

const orderOptions = (): { value: PeopleOrder; name: string }[] => [
  { value: 'newest', name: say('Newest first') },
  { value: 'name', name: say('By name') },
  { value: 'email', name: say('By email') },
  { value: 'seen', name: say('Last seen first') },
]

export function Users() {
  const [search, setSearch] = useState('')
  const [plan, setPlan] = useState<PlanId | 'any'>('any')
  const [role, setRole] = useState<Role | 'any'>('any')
  const [order, setOrder] = useState<PeopleOrder>('newest')
  const [isAdding, setAdding] = useState(false)
  const [importing, setImporting] = useState<'no' | 'yes' | 'was'>('no')
  const [edited, setEdited] = useState<AdminUser | null>(null)
  const q = useDebounced(search.trim(), 250)
  const choice = { q: q || undefined, plan: plan === 'any' ? undefined : plan, role: role === 'any' ? undefined : role, order }
  const query = useInfiniteQuery({
    ...usersQuery(choice),
    placeholderData: (before) => before,
  })
  const users = query.data?.pages.flatMap(({ items }) => items) ?? []
  if (importing === 'yes')
    return (
      <Suspense>
        <ImportPeople onClose={() => setImporting('was')} />
      </Suspense>
    )
  return (
    <div className="flex flex-col gap-6">
      <div role="search" aria-label={say('People')} className="flex flex-wrap items-end gap-3">
        <div className="relative grow basis-56">
          <SearchInput label={say('Search people')} placeholder={say('Name or email')} value={search} onChange={setSearch} />
        </div>
        <Select label={say('Plan')} hideLabel className="grow basis-36" value={plan} options={planOptions()} onChange={setPlan} />
        <Select label={say('Role')} hideLabel className="grow basis-36" value={role} options={roleChoices()} onChange={setRole} />
        <Select label={say('Order')} hideLabel className="grow basis-36" value={order} options={orderOptions()} onChange={setOrder} />
      </div>
      <Invitations>
        <Button className="min-h-11" onClick={() => setAdding(true)}>
          {say('Add somebody')}
        </Button>
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- who comes back goes on where they left */}
        <Button className="min-h-11" autoFocus={importing === 'was'} onClick={() => setImporting('yes')}>
          {say('Import from a file')}
        </Button>
        <SavePeople choice={choice} />
      </Invitations>
      {query.isPending && <SkeletonList label={say('Loading people')} rows={6} />}
      {query.isError && <ErrorState message={messageOf(query.error)} onRetry={() => void query.refetch()} />}
      {query.isSuccess && users.length === 0 && <p className="text-muted">{say('Nobody fits this search.')}</p>}
      {users.length > 0 && <Table label={say('People')} columns={columnsOf(setEdited)} rows={users} rowKey={({ id }) => id} />}
      {query.hasNextPage && (
        <Button className="self-center" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {say('Show more')}
        </Button>
      )}
      {isAdding && (
        <Suspense>
          <AddPersonDialog onClose={() => setAdding(false)} />
        </Suspense>
      )}
      {edited && <UserDialog user={edited} onClose={() => setEdited(null)} />}
    </div>
  )
}

const columnsOf = (edit: (user: AdminUser) => void): Column<AdminUser>[] => [
  { name: say('Person'), cell: (user) => <Person user={user} /> },
  { name: say('Plan'), cell: (user) => <PlanOf user={user} /> },
  { name: say('Role'), cell: ({ role }) => say(roleNames[role]) },
  { name: say('Tokens'), numeric: true, cell: ({ tokensUsed }) => formatShort(tokensUsed) },
  { name: say('Cost'), numeric: true, cell: ({ costMicroUsd }) => formatUsd(costMicroUsd) },
  { name: say('Ceiling'), numeric: true, cell: ({ ceilingMicroUsd }) => (ceilingMicroUsd === null ? '—' : formatUsd(ceilingMicroUsd)) },
  { name: say('Last seen'), cell: ({ lastSeenAt }) => (lastSeenAt ? formatDate(lastSeenAt) : say('never')) },
  {
    name: say('Change'),
    act: true,
    cell: (user) => (
      <Button className="min-h-9 px-3 text-sm" aria-label={say('Change {name}', { name: user.name || user.email })} onClick={() => edit(user)}>
        {say('Change')}
      </Button>
    ),
  },
]

function Person({ user: { name, email, disabled, confirmBy, factors } }: { user: AdminUser }) {
  return (
    <span className="flex min-w-0 flex-col">
      <span className="flex flex-wrap items-center gap-2 font-medium">
        {name}
        {disabled && <Badge look="danger">{say('Disabled')}</Badge>}
        {confirmBy && <Badge look="warn">{say('Not confirmed')}</Badge>}
        {(factors.totp || factors.passkeys > 0) && <Badge>{say('Second factor')}</Badge>}
      </span>
      <span className="text-sm text-muted [overflow-wrap:anywhere]">{email}</span>
    </span>
  )
}

const troubles: Partial<Record<AdminUser['subscription'], English>> = { past_due: 'payment failed', unpaid: 'unpaid', trialing: 'trial' }

function PlanOf({ user: { plan, subscription } }: { user: AdminUser }) {
  const trouble = troubles[subscription]
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      {planNames[plan]}
      {trouble && <Badge look={subscription === 'trialing' ? 'plain' : 'warn'}>{say(trouble)}</Badge>}
    </span>
  )
}
