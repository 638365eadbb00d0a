import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { SharedMessage } from '@jarvis/contracts/shares.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useEffect, useMemo } from 'react'
import { citable } from '#features/chat/citable.ts'
import { formatDate } from '#lib/format.ts'
import { ProblemError, messageOf } from '#lib/problem.ts'
import { request } from '#lib/request.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Wordmark } from '#ui/logo.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { Markdown } from './markdown/markdown.tsx'
import { Sources } from './thread/sources.tsx'
import { say } from '#words/say.ts'

/** A conversation that somebody shared, for anybody who has its link: to be read, and nothing else. */
export function SharedPage() {
  const { token = '' } = useParams({ strict: false })
  const { data, error, refetch } = useQuery({
    queryKey: ['shared', token],
    queryFn: ({ signal }) => request(endpoints.shared, { params: { token } }, { signal }),
    retry: false,
  })
  // Asked again, it would say the same.
  const isGone = error instanceof ProblemError && error.status === 404
  const title = data?.title || say('Shared conversation')
  useEffect(() => {
    document.title = `${title} · Jarvis`
  }, [title])
  return (
    <div className="h-full overflow-y-auto">
      <header className="flex h-13 items-center border-b border-line px-5">
        <Link to="/" aria-label="Jarvis">
          <Wordmark />
        </Link>
      </header>
      <main id="main" className="mx-auto w-full max-w-[46rem] px-4 pt-8 pb-16 sm:px-6">
        {!data && <h1 className={error ? 'text-2xl leading-tight font-semibold' : 'sr-only'}>{isGone ? say('There is nothing here') : title}</h1>}
        {isGone && <p className="py-4 text-muted">{messageOf(error)}</p>}
        {error && !data && !isGone && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
        {!data && !error && <SkeletonList label={say('Loading the conversation')} rows={6} />}
        {data && (
          <>
            <h1 dir="auto" className="text-2xl leading-tight font-semibold text-balance">
              {title}
            </h1>
            <p className="mt-1 mb-8 text-sm text-muted">
              {data.expiresAt
                ? say('A copy that was shared on {date}, to be read until {until}.', {
                    date: formatDate(data.sharedAt),
                    until: formatDate(data.expiresAt),
                  })
                : say('A copy that was shared on {date}.', { date: formatDate(data.sharedAt) })}{' '}
              {say('Answers are written by a model and may be wrong.')}
            </p>
            {data.messages.map((message) => (
              <Said key={message.id} message={message} />
            ))}
          </>
        )}
      </main>
    </div>
  )
}

function Said({ message: { role, content, sources, citations } }: { message: SharedMessage }) {
  const cited = useMemo(() => citable(sources, citations), [sources, citations])
  const segments = useMemo(() => [{ kind: 'text' as const, text: content }], [content])
  const isQuestion = role === 'user'
  return (
    <article aria-label={isQuestion ? say('Question') : 'Jarvis'} className="flex flex-col gap-3 pb-6">
      <h2 className="sr-only">{isQuestion ? say('Question') : say('Jarvis said')}</h2>
      {isQuestion ? (
        <p dir="auto" className="max-w-[88%] self-end rounded-2xl bg-accent-soft px-4 py-2.5 leading-relaxed whitespace-pre-wrap wrap-anywhere">
          {content}
        </p>
      ) : (
        <>
          <Markdown segments={segments} sources={cited} cut={false} tools={() => null} />
          <Sources sources={cited} />
        </>
      )}
    </article>
  )
}
