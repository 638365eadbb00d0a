import type { Message } from '@jarvis/contracts/chat.ts'
import { ArrowDown } from 'lucide-react'
import { useCallback, useLayoutEffect } from 'react'
import type { Entry } from '#features/chat/live/outbox.ts'
import { cx } from '#ui/cx.ts'
import { Answer } from './answer.tsx'
import { Question } from './question.tsx'
import type { Step } from './tree.ts'
import { ask, showBranch } from './use-thread.ts'
import { useStick } from './use-stick.ts'

type ThreadProps = {
  conversationId: string
  steps: readonly Step<Message>[]
  entryOf: ReadonlyMap<string, Entry>
  model: string
  streaming: boolean
}

/** These are laid out from the start; the others when they come near the window. */
const shownAtOnce = 4

/** The shown branch. All of it is in the page, so that the browser finds and reads it; what is out of sight is not laid out. */
export function Thread({ conversationId, steps, entryOf, model, streaming }: ThreadProps) {
  const { scroller, content, atEnd, toEnd } = useStick(conversationId)
  const newestId = steps.findLast(({ message }) => message.role === 'user')?.message.id

  // An own message is always worth seeing.
  const mine = newestId !== undefined && entryOf.has(newestId)
  useLayoutEffect(() => {
    if (mine) toEnd()
  }, [mine, newestId, toEnd])

  const edit = useCallback(({ parentId }: Message, text: string) => ask({ conversationId, parentId, content: text, model }), [conversationId, model])
  const regenerate = useCallback(
    (userMessageId: string) => {
      const question = steps.find(({ message }) => message.id === userMessageId)?.message
      if (question) edit(question, question.content)
    },
    [steps, edit],
  )
  const show = useCallback((parentId: string | null, id: string) => showBranch(conversationId, parentId, id), [conversationId])

  return (
    <div className="relative min-h-0 grow">
      <div
        ref={scroller}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Conversation"
        className="h-full overflow-y-auto focus-visible:-outline-offset-2"
      >
        <div ref={content} className="mx-auto flex w-full max-w-[46rem] flex-col gap-6 px-4 pt-6 pb-10 sm:px-6">
          {steps.map(({ message, siblings }, index) => {
            const last = index >= steps.length - shownAtOnce
            return (
              <article
                key={message.id}
                aria-label={message.role === 'user' ? 'You' : 'Jarvis'}
                className={cx('-mx-2 px-2 [contain-intrinsic-size:auto_12rem]', !last && '[content-visibility:auto]')}
              >
                <h2 className="sr-only">{message.role === 'user' ? 'You said' : 'Jarvis said'}</h2>
                {message.role === 'user' ? (
                  <Question
                    message={message}
                    entry={entryOf.get(message.id)}
                    siblings={siblings}
                    last={last}
                    busy={streaming}
                    onEdit={edit}
                    onShow={show}
                  />
                ) : (
                  <Answer message={message} last={last} onRegenerate={regenerate} />
                )}
              </article>
            )
          })}
        </div>
      </div>
      {!atEnd && (
        <button
          type="button"
          onClick={toEnd}
          className="appear absolute bottom-3 left-1/2 flex min-h-10 -translate-x-1/2 items-center gap-2 rounded-full border border-line bg-raised pr-4 pl-3 text-sm shadow-raised hover:bg-hover"
        >
          <ArrowDown aria-hidden className="size-4" />
          Jump to latest
        </button>
      )}
    </div>
  )
}
