import type { Message, Source } from '@jarvis/contracts/chat.ts'
import type { ToolCall } from '@jarvis/contracts/parts.ts'
import type { Answer as AnswerState } from '@jarvis/contracts/run.ts'
import { RefreshCw, ShieldAlert } from 'lucide-react'
import { Fragment, Suspense, lazy, memo, useMemo } from 'react'
import { citable } from '#features/chat/citable.ts'
import { Approvals } from '#features/chat/approvals/approvals.tsx'
import { useLiveAnswer } from '#features/chat/live/chat.ts'
import { Button, IconButton } from '#ui/button.tsx'
import { CopyButton } from '#ui/copy-button.tsx'
import { Notice } from '#ui/notice.tsx'
import { AnswerDetails } from './answer-details.tsx'
import { Recalled } from './recalled.tsx'
import { type Segment, segments } from './segments.ts'
import { Sources } from './sources.tsx'
import { ToolRow } from './tool-row.tsx'
import { useNearby } from './use-nearby.ts'
import { Working } from './working.tsx'

const loadMarkdown = () => import('#features/chat/markdown/markdown.tsx')
const Markdown = lazy(async () => ({ default: (await loadMarkdown()).Markdown }))
void loadMarkdown()

type AnswerProps = { message: Message; last: boolean; onRegenerate: (userMessageId: string) => void }

export const Answer = memo(function Answer({ message, last, onRegenerate }: AnswerProps) {
  const live = useLiveAnswer(message.runId ?? '')
  // What is stored is newer than what was told, once a run has ended: it may have been answered or given up elsewhere.
  const answer: AnswerState = message.status === 'streaming' && live ? live : { ...message, guard: live?.guard ?? null }
  const { ref, nearby } = useNearby<HTMLDivElement>(last)
  const streaming = answer.status === 'streaming'
  const waiting = answer.status === 'waiting'
  const again = () => onRegenerate(message.parentId!)
  const sources = useMemo(() => citable(answer.sources), [answer.sources])
  const parts = useMemo(() => segments(answer.content, answer.toolCalls), [answer.content, answer.toolCalls])
  return (
    <div ref={ref} className="group/answer flex flex-col gap-3">
      <Recalled memories={answer.memories} />
      <Text segments={parts} sources={sources} rich={nearby} cut={answer.status !== 'complete'} />
      {streaming && <Working started={parts.length > 0} waitsFor={live ? null : message.runId} />}
      {waiting && <Approvals key={message.runId} message={message} arrived={live !== undefined} />}
      {!streaming && <Sources sources={sources} />}
      <Outcome answer={answer} onAgain={again} />
      {!streaming && !waiting && nearby && (
        <div className="-ml-2 flex flex-wrap items-center gap-x-1 touch:-ml-3">
          {answer.content && <CopyButton text={answer.content} label="Copy answer" />}
          <IconButton small label="Regenerate" onClick={again}>
            <RefreshCw className="size-4" />
          </IconButton>
          <AnswerDetails answer={answer} />
        </div>
      )}
    </div>
  )
})

type TextProps = { segments: readonly Segment[]; sources: readonly Source[]; rich: boolean; cut: boolean }

const tools = (calls: readonly ToolCall[]) => (
  <div className="flex flex-col">
    {calls.map((call) => (
      <ToolRow key={call.id} call={call} />
    ))}
  </div>
)

/** Far from the window an answer stays raw text: cheap, and found by the browser's own search all the same. */
function Text({ segments, sources, rich, cut }: TextProps) {
  const raw = segments.map((segment, index) => (
    // oxlint-disable-next-line react/no-array-index-key -- segments only grow at the end
    <Fragment key={index}>
      {segment.kind === 'tools' ? (
        tools(segment.calls)
      ) : (
        <div dir="auto" className="answer whitespace-pre-wrap">
          {segment.text}
        </div>
      )}
    </Fragment>
  ))
  if (!rich) return raw
  return (
    <Suspense fallback={raw}>
      <Markdown segments={segments} sources={sources} cut={cut} tools={tools} />
    </Suspense>
  )
}

function Outcome({ answer: { status, error, guard }, onAgain }: { answer: AnswerState; onAgain: () => void }) {
  const retry = (
    <Button className="min-h-9 shrink-0 px-3 text-sm" onClick={onAgain}>
      Try again
    </Button>
  )
  return (
    <>
      {guard && guard.action !== 'allow' && status !== 'failed' && (
        <p className="flex max-w-[68ch] items-start gap-2 text-sm text-warn">
          <ShieldAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {guard.channel === 'user'
            ? 'This message looks like an attempt to change Jarvis’s instructions. It was answered with care.'
            : 'Something a tool read looks like instructions to Jarvis. They were not followed.'}
        </p>
      )}
      {status === 'stopped' && <p className="text-sm text-muted">You stopped this answer.</p>}
      {status === 'failed' && (
        <Notice look="danger" action={error?.code !== 'blocked_by_guard' && retry}>
          {error?.detail ?? 'This answer could not be finished.'}
        </Notice>
      )}
    </>
  )
}
