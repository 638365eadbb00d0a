import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { FileText } from '@jarvis/contracts/files.ts'
import { X } from 'lucide-react'
import { Fragment, useEffect, useId, useRef, useState } from 'react'
import { call } from '#lib/call.ts'
import { formatDate } from '#lib/format.ts'
import { messageOf, ProblemError } from '#lib/problem.ts'
import { Button, IconButton } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Modal } from '#ui/modal.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { say, sayCount } from '#words/say.ts'

export type Passage = { fileId: string; position: number; title: string }

/** So many passages are shown before the one that is looked for, and loaded at a time. */
const beforeIt = 5
const atOnce = 20

/** The text of a file, at the passage that an answer cites. */
export function FileViewer({ passage: { fileId, position, title }, onClose }: { passage: Passage; onClose: () => void }) {
  const id = useId()
  const [text, setText] = useState<FileText | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const cited = useRef<HTMLElement>(null)

  const load = async (from: number, limit: number, signal?: AbortSignal) => {
    setBusy(true)
    setError(null)
    try {
      const more = await call(endpoints.fileText, { params: { id: fileId }, query: { from, limit } }, signal)
      setText((known) => {
        const there = new Map([...(known?.passages ?? []), ...more.passages].map((one) => [one.position, one]))
        return { ...more, passages: [...there.values()].toSorted((a, b) => a.position - b.position) }
      })
    } catch (failure) {
      if (!signal?.aborted) setError(failure)
    } finally {
      if (!signal?.aborted) setBusy(false)
    }
  }
  useEffect(() => {
    const gone = new AbortController()
    void load(Math.max(0, position - beforeIt), atOnce, gone.signal)
    return () => gone.abort()
    // oxlint-disable-next-line react/exhaustive-deps -- it is opened for one passage
  }, [])
  const isThere = text !== null
  useEffect(() => {
    cited.current?.scrollIntoView({ block: 'center' })
    cited.current?.focus({ preventScroll: true })
  }, [isThere])

  const passages = text?.passages ?? []
  const first = passages[0]?.position ?? 0
  const last = passages.at(-1)?.position ?? 0
  const isDeleted = error instanceof ProblemError && error.code === 'not_found'
  return (
    <Modal
      labelledBy={id}
      onClose={onClose}
      className="appear m-auto h-dvh max-h-none w-full max-w-none border-line bg-raised font-normal sm:h-[min(52rem,calc(100dvh-2rem))] sm:w-[calc(100%-2rem)] sm:max-w-3xl sm:rounded-2xl sm:border sm:shadow-raised"
    >
      <div className="flex h-full flex-col">
        <header className="flex items-start justify-between gap-4 border-b border-line px-6 py-4">
          <div className="min-w-0">
            <h2 id={id} dir="auto" className="text-lg font-semibold tracking-tight [overflow-wrap:anywhere]">
              {text?.name ?? title}
            </h2>
            {text?.url && (
              <p className="text-sm text-muted [overflow-wrap:anywhere]">
                <a href={text.url} target="_blank" rel="noopener noreferrer" dir="ltr" className="underline underline-offset-2 hover:text-ink">
                  {text.url}
                </a>
                {', '}
                {say('as it was on {date}', { date: formatDate(text.createdAt) })}
              </p>
            )}
            {text?.pages && <p className="text-sm text-muted">{sayCount(text.pages, '{n} page, as text', '{n} pages, as text')}</p>}
          </div>
          <IconButton small label={say('Close')} className="-me-2" onClick={onClose}>
            <X className="size-4" />
          </IconButton>
        </header>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, by the keyboard too */}
        <section aria-label={say('Text of the file')} tabIndex={0} className="min-h-0 grow overflow-y-auto px-6 py-4">
          {error !== null &&
            (isDeleted ? (
              <p>{say('This file was deleted, and its text with it.')}</p>
            ) : (
              <ErrorState message={messageOf(error)} onRetry={() => void load(Math.max(0, position - beforeIt), atOnce)} />
            ))}
          {!text && error === null && <SkeletonList label={say('Loading the file')} rows={6} />}
          {first > 0 && (
            <Button busy={busy} className="mb-4" onClick={() => void load(Math.max(0, first - atOnce), Math.min(atOnce, first))}>
              {say('Show what comes before')}
            </Button>
          )}
          {passages.map(({ position: at, page, heading, text }, index) => {
            const before = passages[index - 1]
            return (
              <Fragment key={at}>
                {page !== null && page !== before?.page && (
                  <h3 className="mt-6 mb-2 text-sm font-medium text-muted first:mt-0">{say('Page {page}', { page: String(page) })}</h3>
                )}
                {page === null && heading !== null && heading !== before?.heading && (
                  <h3 dir="auto" className="mt-6 mb-2 text-sm font-medium text-muted first:mt-0">
                    {heading}
                  </h3>
                )}
                {at === position ? (
                  <mark
                    ref={cited}
                    tabIndex={-1}
                    dir="auto"
                    className="-mx-2 block rounded-lg bg-warn-soft px-2 py-1 leading-relaxed whitespace-pre-wrap text-ink outline-none [overflow-wrap:anywhere]"
                  >
                    <span className="sr-only">{say('Cited:')} </span>
                    {text.trim()}
                  </mark>
                ) : (
                  <p dir="auto" className="py-1 leading-relaxed whitespace-pre-wrap [overflow-wrap:anywhere]">
                    {text.trim()}
                  </p>
                )}
              </Fragment>
            )
          })}
          {text && last + 1 < text.total && (
            <Button busy={busy} className="mt-4" onClick={() => void load(last + 1, atOnce)}>
              {say('Show what comes after')}
            </Button>
          )}
        </section>
      </div>
    </Modal>
  )
}
