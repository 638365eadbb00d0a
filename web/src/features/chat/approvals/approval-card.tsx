import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { Params } from '@jarvis/contracts/errors.ts'
import { useQuery } from '@tanstack/react-query'
import { Check, ShieldQuestion, TriangleAlert, X } from 'lucide-react'
import { useId, useState } from 'react'
import { toolTitle } from '#features/chat/thread/tool-title.ts'
import { useSecondsUntil } from '#features/chat/thread/use-seconds-until.ts'
import { formatWait } from '#lib/format.ts'
import { toolsQuery } from '#lib/offers.ts'
import { risks } from '#lib/policies.ts'
import { failureText } from '#lib/problem.ts'
import { Badge } from '#ui/badge.tsx'
import { Button } from '#ui/button.tsx'
import { cx } from '#ui/cx.ts'
import { Spinner } from '#ui/spinner.tsx'
import type { Decision } from './decision.ts'
import { EditArgs } from './edit-args.tsx'
import { laidOut } from './exact.ts'
import { ExactText } from './exact-text.tsx'
import { visible } from './visible.ts'
import { say, sayOfServer } from '#words/say.ts'
import { sayWith } from '#words/say-with.tsx'

type CardProps = {
  interrupt: Interrupt
  decision: Decision | undefined
  sending: boolean
  expired: boolean
  onDecide: (decision: Decision | undefined) => void
}

/** One call that waits for a person: what it is, why it asks, exactly what would run and what would leave. */
export function ApprovalCard({ interrupt, decision, sending, expired: refused, onDecide }: CardProps) {
  const { tool, args, risk, reason, leaves, taint, mayRemember, expiresAt, params } = interrupt
  const id = useId()
  const [editing, setEditing] = useState(false)
  const [wish, setWish] = useState<boolean | null>(null)
  const seconds = useSecondsUntil(Date.parse(expiresAt))
  const expired = refused || (seconds === 0 && !sending)
  const tools = useQuery(toolsQuery)
  const known = tools.data?.items.find(({ name }) => name === tool)
  const title = toolTitle(tool, args, known?.title)
  // A person who chose to be asked once per conversation has said so already.
  const remember = wish ?? known?.policy === 'conversation'
  return (
    <div role="group" aria-labelledby={`${id}-title`} className="appear rounded-xl border border-warn-line bg-raised shadow-raised">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-t-xl border-b border-warn-line bg-warn-soft px-4 py-2.5 text-warn">
        <ShieldQuestion aria-hidden className="size-5 shrink-0" />
        <h3 id={`${id}-title`} className="min-w-0 grow basis-48 font-semibold [overflow-wrap:anywhere]">
          {decision && !expired ? say('Your answer') : say('May Jarvis do this?')}
        </h3>
        <p className="text-sm tabular-nums">{expired ? say('expired') : say('expires in {wait}', { wait: formatWait(seconds) })}</p>
      </header>
      <div className="flex flex-col gap-3 px-4 pt-3 pb-4">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 font-medium [overflow-wrap:anywhere]">
          {visible(title)} {risk !== 'read' && <Badge look="warn">{say(risks[risk])}</Badge>}
        </p>
        <p className="text-sm text-muted [overflow-wrap:anywhere]">{visible(sentenceIn(reason, params?.reason))}</p>
        {taint && (
          <p className="flex items-start gap-2 text-sm text-warn">
            <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
            <span className="min-w-0 [overflow-wrap:anywhere]">{visible(sentenceIn(taint, params?.taint))}</span>
          </p>
        )}
        {leaves && (
          <ExactText
            title={sayWith('Goes out to {place}', {
              place: <strong className="font-semibold text-ink [overflow-wrap:anywhere]">{visible(leaves.to)}</strong>,
            })}
            label={say('What goes out')}
            text={leaves.content}
          />
        )}
        {editing && !expired ? (
          <EditArgs
            args={laidOut(args)}
            onCancel={() => setEditing(false)}
            onApprove={(edited) => {
              setEditing(false)
              onDecide({ kind: 'approve', args: edited, remember: false })
            }}
          />
        ) : (
          <ExactText
            title={sayWith('Exactly this runs: {tool} with', { tool: <code className="font-mono text-ink">{visible(tool)}</code> })}
            label={say('Arguments')}
            text={decision?.kind === 'approve' && decision.args !== null ? decision.args : laidOut(args)}
          />
        )}
        {expired ? (
          <Expired decided={decision?.kind === 'drop'} onGoOn={() => onDecide({ kind: 'drop' })} sending={sending} />
        ) : decision ? (
          <Decided decision={decision} sending={sending} onChange={() => onDecide(undefined)} />
        ) : (
          !editing && (
            <>
              {mayRemember && (
                <label className="flex min-h-9 items-center gap-2.5 text-sm touch:min-h-11">
                  <input type="checkbox" className="size-4 shrink-0 accent-accent" checked={remember} onChange={() => setWish(!remember)} />
                  {say('Do not ask again for this tool in this conversation')}
                </label>
              )}
              <div className="flex flex-wrap gap-2">
                <Button look="primary" onClick={() => onDecide({ kind: 'approve', args: null, remember })}>
                  {say('Approve')}
                </Button>
                <Button onClick={() => onDecide({ kind: 'deny' })}>{say('Deny')}</Button>
                <Button look="bare" onClick={() => setEditing(true)}>
                  {say('Edit')}
                </Button>
              </div>
            </>
          )
        )}
      </div>
    </div>
  )
}

/** In the language of the page, where tools have names of their own. */
const sentenceIn = (detail: string, params: Params = {}) =>
  failureText({
    code: '',
    detail,
    params: Object.fromEntries(
      Object.entries(params).map(([name, value]) => [
        name,
        (name === 'tool' || name === 'source') && typeof value === 'string' ? sayOfServer(value) : value,
      ]),
    ),
  })

function Decided({ decision, sending, onChange }: { decision: Decision; sending: boolean; onChange: () => void }) {
  const yes = decision.kind === 'approve'
  const Icon = yes ? Check : X
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <p role="status" className={cx('flex min-h-10 items-center gap-2 font-medium', yes ? 'text-good' : 'text-danger')}>
        {sending ? <Spinner /> : <Icon aria-hidden className="size-4" />}
        {yes ? (decision.args === null ? say('Approved') : say('Approved as edited')) : say('Denied')}
        {sending && <span className="font-normal text-muted">{say('· sending…')}</span>}
      </p>
      {!sending && (
        <Button look="bare" onClick={onChange}>
          {say('Change')}
        </Button>
      )}
    </div>
  )
}

function Expired({ decided, sending, onGoOn }: { decided: boolean; sending: boolean; onGoOn: () => void }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <p className="min-w-0 grow basis-48 text-sm text-muted">{say('Nobody answered in time, so this was not done. Jarvis can go on without it.')}</p>
      {decided && !sending ? (
        <p role="status" className="flex min-h-10 items-center gap-2 text-sm font-medium">
          <Check aria-hidden className="size-4" />
          {say('Goes on without it')}
        </p>
      ) : (
        <Button busy={sending} onClick={onGoOn}>
          {say('Go on without it')}
        </Button>
      )}
    </div>
  )
}
