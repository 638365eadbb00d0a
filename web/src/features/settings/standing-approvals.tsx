import type { StandingApproval } from '@jarvis/contracts/approvals.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { call } from '#lib/call.ts'
import { formatDate } from '#lib/format.ts'
import { toolsQuery } from '#lib/offers.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'
import { sayWith } from '#words/say-with.tsx'

const approvalsKey = ['approvals']

/** Where Jarvis was told not to ask again, and the way to take that back. */
export function StandingApprovals() {
  const { data, error, refetch } = useQuery({ queryKey: approvalsKey, queryFn: ({ signal }) => call(endpoints.approvals, {}, signal) })
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading approvals')} rows={2} />
  if (data.items.length === 0)
    return (
      <p className="text-muted">{say('None. When you tell Jarvis not to ask again in a conversation, it is listed here and can be taken back.')}</p>
    )
  return (
    <ul aria-label={say('Standing approvals')} className="flex flex-col gap-3">
      {data.items.map((approval) => (
        <Approval key={approval.id} approval={approval} />
      ))}
    </ul>
  )
}

function Approval({ approval: { id, tool, conversationId, conversationTitle, createdAt } }: { approval: StandingApproval }) {
  const client = useQueryClient()
  const tools = useQuery(toolsQuery)
  const title = tools.data?.items.find(({ name }) => name === tool)?.title ?? tool
  const revoke = useMutation({
    mutationFn: () => call(endpoints.revokeApproval, { params: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: approvalsKey }),
    onError: (error) => toast(messageOf(error)),
  })
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <div className="min-w-0 grow basis-48">
        <p className="[overflow-wrap:anywhere]">{title}</p>
        <p className="text-sm text-muted">
          {sayWith('in {conversation}, since {date}', {
            conversation: (
              <Link to="/c/$conversationId" params={{ conversationId }} className="text-accent underline decoration-accent-line underline-offset-4">
                {conversationTitle || say('a conversation without a title')}
              </Link>
            ),
            date: formatDate(createdAt),
          })}
        </p>
      </div>
      <Button aria-label={say('Ask again before: {title}', { title })} busy={revoke.isPending} onClick={() => revoke.mutate()}>
        {say('Ask again')}
      </Button>
    </li>
  )
}
