import { useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router'
import { Suspense, lazy, useCallback, useEffect, useEffectEvent, useRef, useState } from 'react'
import { connection } from '#lib/connection.ts'
import { ProblemError, messageOf } from '#lib/problem.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { useStore } from '#lib/store.ts'
import { toast } from '#ui/toast.tsx'
import { type Block, OpenArtifact } from './artifacts/kinds.ts'
import type { AttachedPart } from './attach/attachments.ts'
import { Composer, type ComposerHandle } from './composer/composer.tsx'
import { useModel } from './composer/chosen-model.ts'
import { EmptyState } from './empty-state.tsx'
import { createdConversation, newConversation } from './live/outbox.ts'
import { enqueue, queue, unqueue } from './live/queue.ts'
import { nextIsTemporary } from './live/temporary.ts'
import { Thread } from './thread/thread.tsx'
import { ask } from './thread/turns.ts'
import { useThread } from './thread/use-thread.ts'
import { say } from '#words/say.ts'

const ArtifactPanel = lazy(async () => ({ default: (await import('./artifacts/artifact-panel.tsx')).ArtifactPanel }))
const Announcer = lazy(async () => ({ default: (await import('./thread/announcer.tsx')).Announcer }))
const NoConversation = lazy(async () => ({ default: (await import('./no-conversation.tsx')).NoConversation }))
const BudgetNote = lazy(async () => ({ default: (await import('./composer/budget-note.tsx')).BudgetNote }))
const QueuedMessages = lazy(async () => ({ default: (await import('./composer/queued.tsx')).QueuedMessages }))
const TemporaryNote = lazy(async () => ({ default: (await import('./composer/temporary.tsx')).TemporaryNote }))
const TemporaryToggle = lazy(async () => ({ default: (await import('./composer/temporary.tsx')).TemporaryToggle }))

export function ChatPage() {
  const { conversationId = newConversation } = useParams({ strict: false })
  const { message: sought } = useSearch({ strict: false })
  const navigate = useNavigate()
  const model = useModel()
  const nextTemporary = useStore(nextIsTemporary)
  const queued = useStore(queue).some((message) => message.conversationId === conversationId)
  const composer = useRef<ComposerHandle>(null)
  const router = useRouter()
  const { query, steps, temporary, entryOf, older, parentId, seenId, streaming, waiting: asking, sending } = useThread(conversationId)
  // It closes with its conversation.
  const [opened, setOpened] = useState<{ conversationId: string; block: Block } | null>(null)
  const artifact = opened?.conversationId === conversationId ? opened.block : null
  const openArtifact = useCallback((block: Block) => setOpened({ conversationId, block }), [conversationId])
  const waiting = conversationId !== newConversation && query.isPending && steps.length === 0

  useEffect(
    () =>
      createdConversation.subscribe(() => {
        const created = createdConversation.get()
        if (created && router.state.location.pathname === '/') void navigate({ to: '/c/$conversationId', params: { conversationId: created } })
      }),
    [router, navigate],
  )

  useEffect(
    () => (temporary ? () => void import('./live/leave-temporary.ts').then((module) => module.leaveTemporary(conversationId)) : undefined),
    [temporary, conversationId],
  )

  function stop() {
    if (streaming) connection.cancel(streaming).catch((error: unknown) => toast(messageOf(error)))
  }

  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.isComposing && !event.defaultPrevented && !document.querySelector('dialog[open], :popover-open')) stop()
  })
  useEffect(() => {
    const listener = (event: KeyboardEvent) => pressed(event)
    document.addEventListener('keydown', listener)
    return () => document.removeEventListener('keydown', listener)
  }, [])

  useEffect(() => {
    if (!matchMedia('(hover: none)').matches) composer.current?.focus()
  }, [conversationId])

  const send = (content: string, attached: readonly AttachedPart[] = []) => ask({ conversationId, parentId, seenId, content, attached, model })
  if (query.error instanceof ProblemError && (query.error.code === 'not_found' || query.error.code === 'invalid_request'))
    return (
      <Suspense>
        <NoConversation />
      </Suspense>
    )
  return (
    <div className="flex min-h-0 grow">
      <div className="flex min-h-0 min-w-0 grow flex-col">
        {steps.length > 0 ? (
          <OpenArtifact value={openArtifact}>
            <Thread
              key={conversationId}
              conversationId={conversationId}
              steps={steps}
              entryOf={entryOf}
              older={older}
              seenId={seenId}
              sought={sought}
              model={model}
              streaming={streaming !== null}
            />
          </OpenArtifact>
        ) : (
          <Quiet waiting={waiting} error={query.error} onRetry={() => void query.refetch()}>
            <EmptyState temporary={nextTemporary} onPick={(prompt) => composer.current?.add(prompt)} />
          </Quiet>
        )}
        <Suspense>
          <Announcer conversationId={conversationId} streaming={streaming !== null} />
        </Suspense>
        <Composer
          handle={composer}
          conversationId={conversationId}
          streaming={streaming !== null}
          asking={asking}
          sending={sending}
          onSend={send}
          onQueue={(content, attached) => enqueue({ conversationId, content, attached, model })}
          onStop={stop}
          beside={
            conversationId === newConversation && (
              <Suspense>
                <TemporaryToggle />
              </Suspense>
            )
          }
        >
          <Suspense>{(temporary || (conversationId === newConversation && nextTemporary)) && <TemporaryNote />}</Suspense>
          <Suspense>
            <BudgetNote />
          </Suspense>
          <Suspense>
            {queued && (
              <QueuedMessages
                conversationId={conversationId}
                held={streaming === null && !sending}
                onEdit={(content) => composer.current?.add(content)}
                onSend={({ id, content, attached }) => {
                  unqueue(id)
                  send(content, attached)
                }}
              />
            )}
          </Suspense>
        </Composer>
      </div>
      <Suspense>
        {artifact && <ArtifactPanel block={artifact} messages={steps.map(({ message }) => message)} onClose={() => setOpened(null)} />}
      </Suspense>
    </div>
  )
}

type QuietProps = { waiting: boolean; error: Error | null; onRetry: () => void; children: React.ReactNode }

function Quiet({ waiting, error, onRetry, children }: QuietProps) {
  if (!waiting && !error) return children
  return (
    <div className="mx-auto w-full max-w-[46rem] grow px-4 pt-8 sm:px-6">
      {error ? <ErrorState message={messageOf(error)} onRetry={onRetry} /> : <SkeletonList label={say('Loading the conversation')} rows={6} />}
    </div>
  )
}
