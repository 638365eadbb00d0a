import type { Identity } from '@jarvis/contracts/sign-on-endpoints.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { signInMethodsQuery } from '#lib/sign-in-methods.ts'
import { useSignOnProblem } from '#lib/use-sign-on-problem.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Notice } from '#ui/notice.tsx'
import { Section } from '#ui/page.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

const identitiesKey = ['identities']

/** Nothing where no provider is set up and none ever was. */
export function ConnectedAccounts() {
  const methods = useQuery(signInMethodsQuery)
  const own = useQuery({ queryKey: identitiesKey, queryFn: ({ signal }) => call(endpoints.identities, {}, signal) })
  // A directory has no page to leave for.
  const providers = methods.data?.providers.filter(({ kind }) => kind !== 'ldap') ?? []
  const items = own.data?.items ?? []
  const problem = useSignOnProblem(providers)
  if (methods.data && providers.length === 0 && items.length === 0) return null
  const error = methods.error ?? own.error
  const open = providers.filter(({ id }) => !items.some(({ provider }) => provider === id))
  return (
    <Section title={say('Connected accounts')}>
      <div className="flex flex-col gap-4">
        {problem && <Notice look="danger">{problem.sentence}</Notice>}
        {error ? (
          <ErrorState message={messageOf(error)} onRetry={() => void Promise.all([methods.refetch(), own.refetch()])} />
        ) : !methods.data || !own.data ? (
          <SkeletonList label={say('Loading connected accounts')} rows={2} />
        ) : (
          <ul className="flex flex-col gap-3">
            {items.map((identity) => (
              <Connected key={identity.id} identity={identity} />
            ))}
            {open.map((provider) => (
              <Unconnected key={provider.id} {...provider} />
            ))}
          </ul>
        )}
      </div>
    </Section>
  )
}

function Connected({ identity: { id, name, email, lastUsedAt } }: { identity: Identity }) {
  const client = useQueryClient()
  const disconnect = useMutation({
    mutationFn: () => call(endpoints.unlinkIdentity, { params: { id } }),
    onSuccess: () => {
      toast(say('{name} is disconnected', { name }))
      return client.invalidateQueries({ queryKey: identitiesKey })
    },
    onError: (error) => toast(messageOf(error)),
  })
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <div className="min-w-0 grow">
        <p>{name}</p>
        <p className="text-sm break-words text-muted">
          {email ?? say('Connected')} · {formatMoment(lastUsedAt)}
        </p>
      </div>
      <Button aria-label={say('Disconnect {name}', { name })} busy={disconnect.isPending} onClick={() => disconnect.mutate()}>
        {say('Disconnect')}
      </Button>
    </li>
  )
}

function Unconnected({ id, name }: { id: string; name: string }) {
  const connect = useMutation({
    mutationFn: () => call(endpoints.linkIdentity, { body: { provider: id, next: '/settings' } }),
    onSuccess: ({ url }) => location.assign(url),
    onError: (error) => toast(messageOf(error)),
  })
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <p className="min-w-0 grow">{name}</p>
      <Button aria-label={say('Connect {name}', { name })} busy={connect.isPending} onClick={() => connect.mutate()}>
        {say('Connect')}
      </Button>
    </li>
  )
}
