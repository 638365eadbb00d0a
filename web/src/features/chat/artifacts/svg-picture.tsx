import { useEffect, useState } from 'react'
import { say } from '#words/say.ts'

/** A picture that a model wrote: as an image it runs nothing and loads nothing. */
export function SvgPicture({ svg, name }: { svg: string; name: string }) {
  const [url, setUrl] = useState<string>()
  const [isBroken, setBroken] = useState(false)
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
    setUrl(made)
    setBroken(false)
    return () => URL.revokeObjectURL(made)
  }, [svg])
  if (isBroken) return <p role="status">{say('This is no picture that can be shown.')}</p>
  return url && <img src={url} alt={say('Preview of {name}', { name })} className="m-auto max-h-full max-w-full" onError={() => setBroken(true)} />
}
