import type { Answer as AnswerState } from '@jarvis/contracts/run.ts'
import { ShieldAlert } from 'lucide-react'
import { useUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { ProviderWords } from './provider-words.tsx'
import { say } from '#words/say.ts'
import { failureText } from '#lib/problem.ts'

/** What the same question would only meet again. */
const useless = new Set<string | undefined>(['blocked_by_guard', 'content_filtered', 'context_too_long'])

const fromProvider = /^(?:upstream_|provider_|content_filtered|context_too_long)/

type OutcomeProps = { messageId: string; answer: AnswerState; onAgain: () => void; onGoOn: (() => void) | undefined }

/** How an answer ended, where that is not simply its end, and what can be done then. */
export function Outcome({ messageId, answer: { status, error, guard, finishReason }, onAgain, onGoOn }: OutcomeProps) {
  const isAdmin = useUser()?.role === 'admin'
  const goOn = onGoOn && (
    <Button className="min-h-9 shrink-0 px-3 text-sm" onClick={onGoOn}>
      {say('Continue')}
    </Button>
  )
  const retry = (
    <Button className="min-h-9 shrink-0 px-3 text-sm" onClick={onAgain}>
      {say('Try again')}
    </Button>
  )
  return (
    <>
      {guard && guard.action !== 'allow' && status !== 'failed' && (
        <p className="flex max-w-[68ch] items-start gap-2 text-sm text-warn">
          <ShieldAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {guard.channel === 'user'
            ? say('This message looks like an attempt to change Jarvis’s instructions. It was answered with care.')
            : say('Something a tool read looks like instructions to Jarvis. They were not followed.')}
        </p>
      )}
      {(status === 'stopped' || (status === 'complete' && finishReason === 'length')) && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
          {status === 'stopped' ? say('You stopped this answer.') : say('This answer was cut: it reached the longest that the model gives at once.')}
          {goOn}
        </div>
      )}
      {status === 'complete' && finishReason === 'content_filter' && (
        <p className="text-sm text-warn">{say('The model provider’s filter withheld the rest of this answer.')}</p>
      )}
      {status === 'failed' && (
        <Notice
          look="danger"
          action={
            !useless.has(error?.code) && (
              <>
                {goOn}
                {retry}
              </>
            )
          }
        >
          {error ? failureText(error) : say('This answer could not be finished.')}
          {isAdmin && error && fromProvider.test(error.code) && <ProviderWords messageId={messageId} />}
        </Notice>
      )}
    </>
  )
}
