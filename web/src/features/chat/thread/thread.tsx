import type { Message } from '@jarvis/contracts/chat.ts'
import { ArrowDown } from 'lucide-react'
import { memo, useCallback, useEffectEvent, useLayoutEffect, useState } from 'react'
import { attachedIn } from '#features/chat/attach/attachments.ts'
import type { Entry } from '#features/chat/live/outbox.ts'
import { useStore } from '#lib/store.ts'
import { longParts } from './long.ts'
import { MessageList } from './message-list.tsx'
import type { Step } from './tree.ts'
import { answerAgain, ask, showBranch } from './turns.ts'
import { useSought } from './use-sought.ts'
import { useStick } from './use-stick.ts'
import { useWindow } from './use-window.ts'
import { say } from '#words/say.ts'

type ThreadProps = {
  conversationId: string
  steps: readonly Step<Message>[]
  entryOf: ReadonlyMap<string, Entry>
  /** There are older messages than those that are here. */
  older: string | null
  seenId: string | null
  /** A message to go to, as one that a search found. */
  sought?: string | undefined
  model: string
  streaming: boolean
}

/** The shown branch, its newest part first; what is before it comes as one scrolls up. */
export const Thread = memo(function Thread({ conversationId, steps, entryOf, older, seenId, sought, model, streaming }: ThreadProps) {
  const { scroller, content, atEnd, toEnd, release } = useStick(conversationId)
  const { windowed, handle } = useWindow(steps, older, scroller)
  const long = useStore(longParts)
  const [finding, setFinding] = useState(false)
  const { stay } = windowed
  const jump = useCallback(() => {
    stay()
    toEnd()
    // The button goes: who came to it by keyboard stays in the conversation.
    scroller.current?.focus({ preventScroll: true })
  }, [stay, toEnd, scroller])
  const newestId = steps.findLast(({ message }) => message.role === 'user')?.message.id

  const stayHere = useEffectEvent(() => stay())

  // An own message is always worth seeing.
  const mine = newestId !== undefined && entryOf.has(newestId)
  useLayoutEffect(() => {
    if (!mine) return
    stayHere()
    toEnd()
  }, [mine, newestId, toEnd])

  const goTo = useCallback(
    (index: number) => {
      release()
      windowed.scrollTo(index)
    },
    [release, windowed],
  )
  useSought({ conversationId, sought, steps, goTo })

  const edit = useCallback(
    ({ parentId, parts }: Message, text: string) => ask({ conversationId, parentId, seenId, content: text, attached: attachedIn(parts), model }),
    [conversationId, seenId, model],
  )
  const regenerate = useCallback(
    (questionId: string) => {
      const question = steps.find(({ message }) => message.id === questionId)?.message
      if (question) void answerAgain(question, model)
    },
    [steps, model],
  )
  const show = useCallback((id: string) => showBranch(conversationId, id), [conversationId])

  return (
    <div className="relative min-h-0 grow">
      {windowed.on && long && <long.FindBar conversationId={conversationId} steps={steps} open={finding} onOpen={setFinding} onGo={goTo} />}
      <div
        ref={scroller}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={say('Conversation')}
        className="h-full overflow-y-auto focus-visible:-outline-offset-2"
      >
        <div ref={content} className="relative mx-auto w-full max-w-[46rem] px-4 pt-6 pb-4 sm:px-6">
          <MessageList
            conversationId={conversationId}
            steps={steps}
            entryOf={entryOf}
            older={older}
            busy={streaming}
            windowed={windowed}
            handle={handle}
            scroller={scroller}
            onEdit={edit}
            onRegenerate={regenerate}
            onShow={show}
          />
        </div>
      </div>
      {!atEnd && (
        <button
          type="button"
          onClick={jump}
          className="appear absolute start-1/2 bottom-3 flex min-h-10 -translate-x-1/2 items-center gap-2 rounded-full border border-line bg-raised ps-3 pe-4 text-sm shadow-raised hover:bg-hover rtl:translate-x-1/2"
        >
          <ArrowDown aria-hidden className="size-4" />
          {say('Jump to latest')}
        </button>
      )}
    </div>
  )
})
