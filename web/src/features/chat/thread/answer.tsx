import type { Citation, Message } from '@jarvis/contracts/chat.ts'
import type { ToolCall } from '@jarvis/contracts/parts.ts'
import type { Answer as AnswerState } from '@jarvis/contracts/run.ts'
import { RefreshCw } from 'lucide-react'
import { Fragment, type ReactNode, Suspense, lazy, memo, useMemo } from 'react'
import { citable } from '#features/chat/citable.ts'
import { useLiveAnswer } from '#features/chat/live/chat.ts'
import { IconButton } from '#ui/button.tsx'
import { CopyButton } from '#ui/copy-button.tsx'
import { AnswerDetails, BranchSwitcher, Contest, MadePicture, Outcome, Rating, ReadButton, Reasoning, Recalled, Sources, ToolRow } from './parts.ts'
import { type Segment, segments } from './segments.ts'
import { continueAnswer } from './turns.ts'
import { useNearby } from './use-nearby.ts'
import { Working } from './working.tsx'
import { say } from '#words/say.ts'

const loadMarkdown = () => import('#features/chat/markdown/markdown.tsx')
const Markdown = lazy(async () => ({ default: (await loadMarkdown()).Markdown }))
void loadMarkdown()
const Approvals = lazy(async () => ({ default: (await import('#features/chat/approvals/approvals.tsx')).Approvals }))

type AnswerProps = {
  message: Message
  siblings: readonly string[]
  last: boolean
  newest: boolean
  busy: boolean
  onRegenerate: (questionId: string) => void
  onShow: (id: string) => void
}

export const Answer = memo(function Answer({ message, siblings, last, newest, busy, onRegenerate, onShow }: AnswerProps) {
  const live = useLiveAnswer(message.runId ?? '')
  // What is stored is newer than what was told, once a run has ended: it may have been answered or given up elsewhere.
  const answer: AnswerState = message.status === 'streaming' && live ? live : { ...message, guard: live?.guard ?? null }
  const { ref, nearby } = useNearby<HTMLDivElement>(last)
  const streaming = answer.status === 'streaming'
  const waiting = answer.status === 'waiting'
  const again = () => onRegenerate(message.parentId!)
  const sources = useMemo(() => citable(answer.sources, answer.citations), [answer.sources, answer.citations])
  const tools = useMemo(() => toolsWith(answer.parts), [answer.parts])
  const parts = useMemo(() => segments(answer.content, answer.toolCalls), [answer.content, answer.toolCalls])
  return (
    <div ref={ref} className="group/answer flex flex-col gap-3">
      <Suspense>
        <Recalled memories={answer.memories} />
        <Reasoning parts={answer.parts} streaming={streaming} />
      </Suspense>
      <Text segments={parts} tools={tools} sources={sources} rich={nearby} cut={answer.status !== 'complete' || answer.finishReason === 'length'} />
      {streaming && <Working started={parts.length > 0} waitsFor={live ? null : message.runId} />}
      <Suspense>{waiting && <Approvals key={message.runId} message={message} arrived={live !== undefined} />}</Suspense>
      <Suspense>
        {!streaming && <Sources sources={sources} canKeep />}
        <Outcome
          messageId={message.id}
          answer={answer}
          onAgain={again}
          onGoOn={newest && !busy && mayGoOn(answer) ? () => void continueAnswer(message) : undefined}
        />
      </Suspense>
      {!streaming && !waiting && nearby && (
        <div className="-ms-2 flex flex-wrap items-center gap-x-1 touch:-ms-3">
          {answer.content && <CopyButton text={answer.content} label={say('Copy answer')} />}
          <IconButton small label={say('Regenerate')} disabled={busy} onClick={again}>
            <RefreshCw className="size-4" />
          </IconButton>
          <Suspense fallback={<span className="size-9" />}>
            <AnswerDetails answer={answer} />
            {answer.content && <ReadButton id={message.id} text={answer.content} />}
            {answer.content && <Rating message={message} />}
            {answer.error?.code === 'blocked_by_guard' && <Contest message={message} />}
          </Suspense>
          <Suspense>
            <BranchSwitcher siblings={siblings} shown={message.id} onShow={onShow} />
          </Suspense>
        </div>
      )}
    </div>
  )
})

const mayGoOn = ({ status, content, finishReason }: AnswerState) =>
  status === 'stopped' || (status === 'failed' && content !== '') || (status === 'complete' && finishReason === 'length')

type ToolsOf = (calls: readonly ToolCall[]) => ReactNode
type TextProps = { segments: readonly Segment[]; tools: ToolsOf; sources: readonly Citation[]; rich: boolean; cut: boolean }

/** Calls, and behind them the pictures that they made. */
const toolsWith =
  (parts: AnswerState['parts']): ToolsOf =>
  (calls) => (
    <div className="flex flex-col">
      {calls.map((call) => (
        <Suspense key={call.id} fallback={<div className="min-h-9" />}>
          <ToolRow call={call} />
        </Suspense>
      ))}
      {parts.map(
        (part) =>
          part.type === 'image' &&
          calls.some(({ id }) => id === part.toolCallId) && (
            <Suspense key={part.fileId + part.toolCallId}>
              <MadePicture picture={part} />
            </Suspense>
          ),
      )}
    </div>
  )

/** Far from the window an answer stays raw text: cheap, and found by the browser's own search all the same. */
function Text({ segments, tools, sources, rich, cut }: TextProps) {
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
