import { useQuery } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { type ReactNode, Suspense, lazy, useState } from 'react'
import { signInMethodsQuery } from '#lib/sign-in-methods.ts'
import { useSignOnProblem } from '#lib/use-sign-on-problem.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { say } from '#words/say.ts'

const DirectoryForm = lazy(async () => ({ default: (await import('./directory-form.tsx')).DirectoryForm }))

const look =
  'flex min-h-11 w-full items-center justify-center gap-2 rounded-lg border border-line bg-raised px-4 text-[0.9375rem] font-medium text-ink transition-colors hover:bg-hover'

/** The providers of this installation, and after them the password; where passwords are for one administrator, only when they ask for it. */
export function WaysIn({ next, children }: { next: string | undefined; children: ReactNode }) {
  const { data, isPending } = useQuery(signInMethodsQuery)
  const [isAsked, setAsked] = useState(false)
  const [directory, setDirectory] = useState<string | null>(null)
  const providers = data?.providers ?? []
  const problem = useSignOnProblem(providers)
  // What comes later would move what one is about to press.
  if (isPending) return null
  const query = next === undefined ? '' : `?next=${encodeURIComponent(next)}`
  const hasPasswords = data?.password !== false || providers.length === 0
  return (
    <>
      {problem && (
        <div className="mb-5">
          <Notice look="danger">
            {problem.sentence}
            {problem.request && (
              <span className="mt-1 block text-xs break-all">{say('For your administrator: {request}', { request: problem.request })}</span>
            )}
          </Notice>
        </div>
      )}
      {providers.length > 0 && (
        <ul className="flex flex-col gap-3">
          {providers.map(({ id, name, kind }) => {
            const words = (
              <>
                <KeyRound aria-hidden className="size-4 shrink-0 text-faint" />
                <span className="min-w-0 truncate">{say('Sign in with {name}', { name })}</span>
              </>
            )
            return (
              <li key={id}>
                {kind !== 'ldap' ? (
                  // A link: the whole page goes on there.
                  <a href={`/api/v1/auth/oidc/${encodeURIComponent(id)}/start${query}`} className={look}>
                    {words}
                  </a>
                ) : (
                  <button type="button" aria-expanded={directory === id} className={look} onClick={() => setDirectory(directory === id ? null : id)}>
                    {words}
                  </button>
                )}
                {directory === id && (
                  <Suspense>
                    <DirectoryForm id={id} name={name} next={next} />
                  </Suspense>
                )}
              </li>
            )
          })}
        </ul>
      )}
      {providers.length > 0 && hasPasswords && (
        <p className="my-6 flex items-center gap-3 text-sm text-muted">
          <span aria-hidden className="h-px grow bg-line" />
          {say('or with your password')}
          <span aria-hidden className="h-px grow bg-line" />
        </p>
      )}
      {!hasPasswords && !isAsked && (
        <Button look="bare" className="mt-6 self-start px-0" onClick={() => setAsked(true)}>
          {say('Administrator? Sign in with a password')}
        </Button>
      )}
      {!hasPasswords && isAsked && <p className="my-6 text-sm text-muted">{say('For the administrator, should single sign-on be out of order.')}</p>}
      {(hasPasswords || isAsked) && children}
    </>
  )
}
