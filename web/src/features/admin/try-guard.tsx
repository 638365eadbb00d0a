import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { type GuardChannel, triedTextMax, type TriedGuard } from '@jarvis/contracts/guard.ts'
import { useMutation } from '@tanstack/react-query'
import { Fragment, useState } from 'react'
import { call } from '#lib/call.ts'
import { formatCount } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Badge } from '#ui/badge.tsx'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { TextArea } from '#ui/text-area.tsx'
import { actionNames, channelNames, familyNames } from './guard-names.ts'
import { say } from '#words/say.ts'

const looks = { allow: 'accent', flag: 'warn', block: 'danger' } as const
const channels = () => (['user', 'tool_output'] as const).map((value) => ({ value, name: say(channelNames[value]) }))

/** What the guard says of a text, and where. */
export function TryGuard() {
  const [text, setText] = useState('')
  const [channel, setChannel] = useState<GuardChannel>('user')
  // With the text that was judged, which may have been written on since.
  const attempt = useMutation({
    mutationFn: async (body: { text: string; channel: GuardChannel }) => ({ ...body, tried: await call(endpoints.adminTryGuard, { body }) }),
  })
  return (
    <section aria-labelledby="guard-try" className="flex max-w-3xl flex-col gap-5">
      <h2 id="guard-try" className="text-base font-semibold">
        {say('Try a text')}
      </h2>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (text.trim() !== '') attempt.mutate({ text, channel })
        }}
      >
        <TextArea
          label={say('Text')}
          value={text}
          maxLength={triedTextMax}
          onChange={({ target }) => setText(target.value)}
          hint={say('It is kept nowhere. The audit says that you tried one, not what it says.')}
        />
        <div className="flex flex-wrap items-end gap-3">
          <Select label={say('As')} value={channel} options={channels()} onChange={setChannel} className="grow basis-56 sm:grow-0" />
          <Button type="submit" look="primary" className="min-h-11" busy={attempt.isPending} disabled={text.trim() === ''}>
            {say('Try')}
          </Button>
        </div>
      </form>
      {attempt.error && <Notice look="danger">{messageOf(attempt.error)}</Notice>}
      <div role="status">{attempt.data && <Verdict text={attempt.data.text} tried={attempt.data.tried} />}</div>
    </section>
  )
}

function Verdict({ text, tried: { action, score, families, passages } }: { text: string; tried: TriedGuard }) {
  return (
    <div className="flex flex-col gap-4">
      <p className="flex flex-wrap items-center gap-3">
        <Badge look={looks[action]}>{say(actionNames[action])}</Badge>
        <span className="tabular-nums">{say('Score {score} of 100', { score: formatCount(Math.round(score * 100)) })}</span>
      </p>
      {families.length > 0 && (
        <ul aria-label={say('What it found')} className="flex flex-wrap gap-2">
          {families.map(({ family }) => (
            <li key={family}>
              <Badge>{say(familyNames[family])}</Badge>
            </li>
          ))}
        </ul>
      )}
      <p dir="auto" className="rounded-lg border border-line bg-sunken p-3 text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">
        {passages.map(({ start, end, families: found }, index) => (
          <Fragment key={start}>
            {text.slice(passages[index - 1]?.end ?? 0, start)}
            <mark title={found.map((family) => say(familyNames[family])).join(', ')} className="rounded-sm bg-warn-soft text-warn">
              {text.slice(start, end)}
            </mark>
          </Fragment>
        ))}
        {text.slice(passages.at(-1)?.end ?? 0)}
      </p>
    </div>
  )
}
