import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { PrivacySettings } from '@jarvis/contracts/privacy-endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { KeepDays } from '#ui/keep-days.tsx'
import { Select } from '#ui/select.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { Erasures } from './erasures.tsx'
import { privacyQuery, refreshAdmin, retentionQuery } from './queries.ts'
import { say } from '#words/say.ts'

/** Who may read what people said. */
export function AdminPrivacy() {
  return (
    <div className="flex max-w-2xl flex-col gap-10">
      <section className="flex flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Reading conversations of others')}</h2>
        <p className="text-muted">
          {say('An administrator says why. The person sees who read, when and why, in their settings; the audit has it too.')}
        </p>
        <Reads />
      </section>
      <section className="flex flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Old conversations')}</h2>
        <p className="text-muted">{say('Of everybody here. Each person can have theirs deleted sooner, not later. Memories and files stay.')}</p>
        <Retention />
      </section>
      <section className="flex flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Erasures')}</h2>
        <p className="text-muted">{say('What was removed where, of who was erased in the last 30 days. It names nobody.')}</p>
        <Erasures />
      </section>
    </div>
  )
}

function Retention() {
  const { data, error, refetch } = useQuery(retentionQuery)
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading settings')} rows={1} />
  return (
    <KeepDays
      key={data.conversationDays}
      label={say('Conversations are deleted')}
      days={data.conversationDays}
      messageOf={messageOf}
      count={async (conversationDays, signal) => (await call(endpoints.adminRetention, { query: { conversationDays } }, signal)).due ?? 0}
      save={async (conversationDays) => {
        await call(endpoints.adminUpdateRetention, { body: { conversationDays } })
        await refreshAdmin()
      }}
    />
  )
}

function Reads() {
  const { data, error, refetch } = useQuery(privacyQuery)
  const choose = useMutation({
    mutationFn: (conversationReads: PrivacySettings['conversationReads']) => call(endpoints.adminUpdatePrivacy, { body: { conversationReads } }),
    onSuccess: async () => {
      toast(say('Saved. It acts at once.'))
      await refreshAdmin()
    },
    onError: (failure) => toast(messageOf(failure)),
  })
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading settings')} rows={1} />
  const isFixed = data.source === 'environment'
  return (
    <div className="flex max-w-md flex-col gap-2">
      <Select
        label={say('Administrators read conversations of others')}
        value={choose.isPending ? choose.variables : data.conversationReads}
        options={[
          { value: 'with_reason', name: say('With a reason that the person sees') },
          { value: 'off', name: say('Never') },
        ]}
        disabled={isFixed}
        onChange={(next) => choose.mutate(next)}
      />
      {isFixed && (
        <p className="text-sm text-muted">
          {say('The operator’s setting {variable} says this: change it there.', { variable: 'CONVERSATION_READS' })}
        </p>
      )}
    </div>
  )
}
