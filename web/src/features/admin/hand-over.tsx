import { CopyButton } from '#ui/copy-button.tsx'
import { say } from '#words/say.ts'

/** A link to set a password by, the only time that it is shown. */
export function HandOver({ url }: { url: string }) {
  return (
    <>
      <p className="text-sm text-muted">{say('Hand this link over to them alone. It works once, for 24 hours, and is not shown again.')}</p>
      <p className="flex items-start gap-1 rounded-lg bg-sunken p-3">
        <span className="min-w-0 grow font-mono text-[0.8125rem] [overflow-wrap:anywhere]">{url}</span>
        <CopyButton text={url} label={say('Copy link')} />
      </p>
    </>
  )
}
