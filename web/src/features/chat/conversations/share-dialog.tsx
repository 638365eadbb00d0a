import type { Conversation } from '@jarvis/contracts/chat.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { CopyButton } from '#ui/copy-button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { Select } from '#ui/select.tsx'
import { say } from '#words/say.ts'
import type { English } from '#words/language.ts'

const periods = [
  { value: '7', name: 'A week' },
  { value: '30', name: 'A month' },
  { value: '365', name: 'A year' },
  { value: 'none', name: 'Until it is taken back' },
] as const satisfies { value: string; name: English }[]
type Period = (typeof periods)[number]['value']

/** A link to a copy that cannot be changed. The link is shown once: who loses it makes a new one. */
export function ShareDialog({ conversation: { id }, onClose }: { conversation: Conversation; onClose: () => void }) {
  const [period, setPeriod] = useState<Period>('30')
  const [link, setLink] = useState<{ url: string; expiresAt: string | null } | null>(null)
  const [said, setSaid] = useState<string>()
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)

  async function act(job: () => Promise<void>) {
    setBusy(true)
    setError(undefined)
    setSaid(undefined)
    await job().catch((problem: unknown) => setError(messageOf(problem)))
    setBusy(false)
  }
  const share = () =>
    act(async () => setLink(await call(endpoints.share, { params: { id }, body: { expiresInDays: period === 'none' ? null : Number(period) } })))
  const unshare = () =>
    act(async () => {
      await call(endpoints.unshare, { params: { id } })
      setLink(null)
      setSaid(say('The link was taken back. Nobody can read the copy any more.'))
    })

  return (
    <Dialog title={say('Share this conversation')} onClose={onClose} wide>
      <p className="text-muted">
        {say(
          'Who has the link reads a copy of what was said until now, without an account. What comes later is not in it. A new link ends the one before.',
        )}
      </p>
      <div className="flex flex-wrap items-end gap-2">
        <Select
          label={say('The link leads to it for')}
          className="min-w-44 grow"
          options={periods.map(({ value, name }) => ({ value, name: say(name) }))}
          value={period}
          onChange={setPeriod}
        />
        <Button look="primary" className="min-h-11" busy={busy} onClick={() => void share()}>
          {link ? say('Make a new link') : say('Make a link')}
        </Button>
      </div>
      {link && (
        <div className="flex items-end gap-2">
          <Field
            label={say('Link')}
            readOnly
            className="min-w-0 grow"
            value={link.url}
            hint={link.expiresAt ? say('It expires on {time}.', { time: formatMoment(link.expiresAt) }) : say('It does not expire.')}
            onFocus={(event) => event.target.select()}
          />
          <span className="mb-7.5">
            <CopyButton text={link.url} label={say('Copy link')} />
          </span>
        </div>
      )}
      {error && (
        <p role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
      <p role="status" className="text-sm text-muted">
        {said}
      </p>
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="danger" className="me-auto" busy={busy} onClick={() => void unshare()}>
          {say('Take back the link')}
        </Button>
        <Button onClick={onClose}>{say('Done')}</Button>
      </div>
    </Dialog>
  )
}
