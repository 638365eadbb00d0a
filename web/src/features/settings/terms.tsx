import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { call } from '#lib/call.ts'
import { formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Section } from '#ui/page.tsx'
import { say } from '#words/say.ts'

/** Which terms the person accepted, and when. Nothing where they accepted none. */
export function Terms() {
  const { data, error, refetch } = useQuery({ queryKey: ['my-terms'], queryFn: ({ signal }) => call(endpoints.myTerms, {}, signal) })
  if (!error && !data?.items.length) return null
  return (
    <Section title={say('Terms')}>
      {error && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
      {data && (
        <>
          <ul aria-label={say('Terms that you accepted')} className="flex flex-col gap-1">
            {data.items.map(({ version, acceptedAt }) => (
              <li key={version}>{say('Version {version}, accepted {moment}', { version, moment: formatMoment(acceptedAt) })}</li>
            ))}
          </ul>
          <Link to="/terms" className="mt-2 inline-flex min-h-10 items-center font-medium text-accent underline underline-offset-4">
            {say('Read the terms')}
          </Link>
        </>
      )}
    </Section>
  )
}
