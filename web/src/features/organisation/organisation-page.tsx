import { useQuery } from '@tanstack/react-query'
import { messageOf } from '#lib/problem.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Page, Section } from '#ui/page.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { Budget } from './budget.tsx'
import { FoundOrganisation } from './found-organisation.tsx'
import { Groups } from './groups.tsx'
import { Invitations } from './invitations.tsx'
import { Leave } from './leave.tsx'
import { Members } from './members.tsx'
import { Name } from './name.tsx'
import { ownQuery } from './queries.ts'
import { Seats } from './seats.tsx'
import { Standing } from './standing.tsx'
import { say } from '#words/say.ts'

/** What somebody may see and do here follows from what they are in it; the server says no to the rest. */
export function OrganisationPage() {
  const { data, error, refetch } = useQuery(ownQuery)
  const own = data?.items[0]
  if (!own)
    return (
      <Page title={say('Organisation')} lead={data && say('People who work together on one bill: members, seats, and one budget for all.')}>
        {error && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
        {!data && !error && <SkeletonList label={say('Loading')} rows={4} />}
        {data && <FoundOrganisation />}
      </Page>
    )
  const isOwner = own.role === 'owner'
  return (
    <Page title={own.name} wide>
      <Standing organisation={own} />
      {isOwner && (
        <Section title={say('Seats')}>
          <Seats organisation={own} />
        </Section>
      )}
      {isOwner && (
        <Section title={say('Budget')}>
          <Budget id={own.id} />
        </Section>
      )}
      <Section title={say('Members')}>
        <Members organisation={own} />
      </Section>
      <Section title={say('Groups')}>
        <Groups organisation={own} />
      </Section>
      {own.role !== 'member' && (
        <Section title={say('Invitations')}>
          <Invitations organisation={own} />
        </Section>
      )}
      {isOwner && (
        <Section title={say('Name')}>
          <Name organisation={own} />
        </Section>
      )}
      <Section title={say('Leave')}>
        <Leave organisation={own} />
      </Section>
    </Page>
  )
}
