import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Terms } from '@jarvis/contracts/terms.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo } from 'react'
import { signOut } from '#features/accounts/sign-out.ts'
import { Markdown } from '#features/chat/markdown/markdown.tsx'
import { YourData } from '#features/settings/your-data.tsx'
import { call } from '#lib/call.ts'
import { formatDate } from '#lib/format.ts'
import { ProblemError, messageOf } from '#lib/problem.ts'
import { updateUser, useUser } from '#lib/session.ts'
import { termsQuery } from '#lib/terms.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Wordmark } from '#ui/logo.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { say } from '#words/say.ts'

/** The terms, for anybody; who has yet to accept them is led here, and goes on from here. */
export function TermsPage() {
  const user = useUser()
  const { data, error, refetch } = useQuery(termsQuery)
  const current = data?.current
  useEffect(() => {
    document.title = `${say('Terms')} · Jarvis`
  }, [])
  return (
    <div className="h-full overflow-y-auto">
      <header className="flex h-13 items-center border-b border-line px-5">
        <Link to="/" aria-label="Jarvis">
          <Wordmark />
        </Link>
      </header>
      <main id="main" className="mx-auto flex w-full max-w-[46rem] flex-col gap-6 px-4 pt-8 pb-[max(2rem,env(safe-area-inset-bottom))] sm:px-6">
        <div>
          <h1 className="text-2xl leading-tight font-semibold">{say('Terms')}</h1>
          {current && (
            <p className="mt-1 text-sm text-muted">
              {say('Version {version}, of {date}', { version: current.version, date: formatDate(current.publishedAt) })}
            </p>
          )}
        </div>
        {user?.termsRequired && current && <Notice>{say('Read and accept them, then you go on.')}</Notice>}
        {error && !data && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
        {!data && !error && <SkeletonList label={say('Loading the terms')} rows={6} />}
        {current && <Text text={current.text} />}
        {data && !current && <p className="text-muted">{say('There are no terms here.')}</p>}
        {data && user?.termsRequired ? <Answer current={data.current} onReplaced={() => void refetch()} /> : <Onward isSignedIn={user !== null} />}
      </main>
    </div>
  )
}

function Text({ text }: { text: string }) {
  const segments = useMemo(() => [{ kind: 'text' as const, text }], [text])
  return (
    <article aria-label={say('Terms')}>
      {/* What follows begins at level 3. */}
      <h2 className="sr-only">{say('Text')}</h2>
      <Markdown segments={segments} sources={[]} cut={false} tools={() => null} />
    </article>
  )
}

function Answer({ current, onReplaced }: { current: Terms | null; onReplaced: () => void }) {
  const user = useUser()
  const { next = '/' } = useSearch({ strict: false })
  const navigate = useNavigate()
  const goOn = () => {
    if (user) updateUser({ ...user, termsRequired: false })
    void navigate({ href: next })
  }
  const accept = useMutation({
    mutationFn: (version: number) => call(endpoints.acceptTerms, { body: { version } }),
    onSuccess: goOn,
    onError: (error) => error instanceof ProblemError && error.code === 'conflict' && onReplaced(),
  })
  return (
    <>
      <div className="sticky bottom-0 flex flex-col gap-3 border-t border-line bg-paper py-4">
        {accept.error && <Notice look="danger">{messageOf(accept.error)}</Notice>}
        <div className="flex flex-wrap items-center gap-2">
          {current ? (
            <Button look="primary" className="h-11" busy={accept.isPending} onClick={() => accept.mutate(current.version)}>
              {say('I accept the terms')}
            </Button>
          ) : (
            <Button look="primary" className="h-11" onClick={goOn}>
              {say('Go on')}
            </Button>
          )}
          <Button look="bare" onClick={() => void signOut()}>
            {say('Sign out')}
          </Button>
          {user?.role === 'admin' && (
            <Link to="/admin" className="inline-flex min-h-10 items-center px-4 font-medium text-muted hover:text-ink">
              {say('Administration')}
            </Link>
          )}
        </div>
      </div>
      <details>
        <summary className="min-h-10 cursor-pointer py-2 text-muted">{say('If you do not accept them')}</summary>
        <p className="mb-4 text-muted">{say('What is yours stays as it is, and waits. You can take it with you, and have it deleted.')}</p>
        <YourData leaving />
      </details>
    </>
  )
}

const Onward = ({ isSignedIn }: { isSignedIn: boolean }) => (
  <p>
    {isSignedIn ? (
      <Link to="/" className="inline-flex min-h-10 items-center font-medium text-accent underline underline-offset-4">
        {say('Back to Jarvis')}
      </Link>
    ) : (
      <Link
        to="/sign-in"
        search={{ next: '/terms' }}
        className="inline-flex min-h-10 items-center font-medium text-accent underline underline-offset-4"
      >
        {say('Sign in')}
      </Link>
    )}
  </p>
)
