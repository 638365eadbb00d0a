import { useState } from 'react'
import { say } from '#words/say.ts'

/** A picture that a model wrote: as an image it runs nothing and loads nothing. */
export function SvgPicture({ svg, name }: { svg: string; name: string }) {
  const [broken, setBroken] = useState<string>()
  if (broken === svg) return <p role="status">{say('This is no picture that can be shown.')}</p>
  // What is cut in the middle of a character has no address.
  const url = `data:image/svg+xml,${encodeURIComponent(svg.toWellFormed())}`
  return <img src={url} alt={say('Preview of {name}', { name })} className="m-auto max-h-full max-w-full" onError={() => setBroken(svg)} />
}
