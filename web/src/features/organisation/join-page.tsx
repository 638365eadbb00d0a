import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatDate } from '#lib/format.ts'
import { dropFragment, keptLinkToken } from '#lib/link-token.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { Page } from '#ui/page.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { refreshOrganisation } from './queries.ts'
import { roleWord } from './role-words.ts'
import { say } from '#words/say.ts'

/** A button, and not the visit itself: what opens the links of a mailbox joins nothing. */
export function JoinPage() {
  const [invitation] = useState(() => keptLinkToken('invitation'))
  const navigate = useNavigate()
  const { data, error } = useQuery({
    queryKey: ['invitation', invitation],
    queryFn: ({ signal }) => call(endpoints.showMemberInvitation, { body: { invitation } }, signal),
    enabled: invitation !== '',
    retry: false,
  })
  const join = useMutation({
    mutationFn: () => call(endpoints.joinOrganisation, { body: { invitation } }),
    onSuccess: async () => {
      dropFragment()
      await refreshOrganisation()
      await navigate({ to: '/organisation' })
    },
  })
  return (
    <Page title={say('Join an organisation')}>
      <div className="flex flex-col items-start gap-4">
        {invitation === '' && <Notice look="danger">{say('This address is not whole. Open the link of the invitation itself.')}</Notice>}
        {error && <Notice look="danger">{messageOf(error)}</Notice>}
        {invitation !== '' && !data && !error && <SkeletonList label={say('Loading')} rows={2} />}
        {data && (
          <>
            <p className="text-lg">
              <bdi>{data.organisation}</bdi>
            </p>
            <p className="text-muted">
              {say('You are invited as: {role}. The invitation is good until {date}.', {
                role: roleWord(data.role),
                date: formatDate(data.expiresAt),
              })}
            </p>
            <p className="text-muted">
              {say(
                'Its members see your name and your email. With a seat, it pays for what you have Jarvis do, and its owners see how much that is, not what you write.',
              )}
            </p>
            {join.error && <Notice look="danger">{messageOf(join.error)}</Notice>}
            <Button look="primary" className="min-h-11" busy={join.isPending} onClick={() => join.mutate()}>
              {say('Join')}
            </Button>
          </>
        )}
        <Link to="/organisation" className="inline-flex min-h-8 items-center text-accent underline decoration-accent-line underline-offset-4">
          {say('Go to your organisation')}
        </Link>
      </div>
    </Page>
  )
}
