import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { signInMethodsQuery } from '#lib/sign-in-methods.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { say } from '#words/say.ts'

/** For who has no password here: the issuers that know them. Nothing for everybody else. */
export function ShowElsewhere() {
  const own = useQuery({ queryKey: ['identities'], queryFn: ({ signal }) => call(endpoints.identities, {}, signal) })
  const leave = useMutation({
    mutationFn: (provider: string) => call(endpoints.showByIdentity, { body: { provider, next: location.pathname + location.search } }),
    onSuccess: ({ url }) => location.assign(url),
  })
  const methods = useQuery(signInMethodsQuery)
  // A directory has no page to show it at.
  const isPage = (provider: string) => methods.data?.providers.some(({ id, kind }) => id === provider && kind !== 'ldap') ?? false
  const items = own.data?.items.filter(({ provider }) => isPage(provider)) ?? []
  if (items.length === 0) return null
  return (
    <div className="mt-4 flex flex-col gap-3 border-t border-line pt-4">
      <p className="text-sm text-muted">
        {say('Or show it where you have an account. You come back to this page, and do once more what you were about to do.')}
      </p>
      {items.map(({ id, provider, name }) => (
        <Button key={id} busy={leave.isPending && leave.variables === provider} onClick={() => leave.mutate(provider)}>
          {say('Show it at {name}', { name })}
        </Button>
      ))}
      {leave.error && <Notice look="danger">{messageOf(leave.error)}</Notice>}
    </div>
  )
}
