import { ShownLink } from '#ui/shown-link.tsx'
import { say } from '#words/say.ts'

/** A link to set a password by, the only time that it is shown. */
export function HandOver({ url }: { url: string }) {
  return (
    <>
      <p className="text-sm text-muted">{say('Hand this link over to them alone. It works once, for 24 hours, and is not shown again.')}</p>
      <ShownLink url={url} />
    </>
  )
}
