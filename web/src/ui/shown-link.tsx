import { say } from '#words/say.ts'
import { CopyButton } from './copy-button.tsx'

/** A link to hand over, in full. */
export function ShownLink({ url }: { url: string }) {
  return (
    <p className="flex items-start gap-1 rounded-lg bg-sunken p-3">
      <span className="min-w-0 grow font-mono text-[0.8125rem] [overflow-wrap:anywhere]">{url}</span>
      <CopyButton text={url} label={say('Copy link')} />
    </p>
  )
}
