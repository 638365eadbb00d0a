import { useEffect, useRef } from 'react'
import { say } from '#words/say.ts'

/** A page that a model wrote, in a frame without an origin, a network or storage: its response says so, whatever the page tries. */
export function HtmlFrame({ html, name }: { html: string; name: string }) {
  const frame = useRef<HTMLIFrameElement>(null)
  useEffect(() => {
    let shown = false
    // Once: what the page itself says later is nothing to us.
    const hear = ({ source, data }: MessageEvent<{ ready?: true } | null>) => {
      if (shown || source !== frame.current?.contentWindow || data?.ready !== true) return
      shown = true
      removeEventListener('message', hear)
      frame.current.contentWindow!.postMessage({ html }, '*')
    }
    addEventListener('message', hear)
    return () => removeEventListener('message', hear)
  }, [html])
  return (
    <iframe
      // A page that was shown is not written over: another one gets another frame.
      key={html}
      ref={frame}
      title={say('Preview of {name}', { name })}
      sandbox="allow-scripts"
      referrerPolicy="no-referrer"
      allow=""
      src="/frame/artifact.html"
      className="h-full min-h-80 w-full grow rounded-xl border border-line bg-white"
    />
  )
}
