import { useEffect, useRef, useState } from 'react'
import { isComposing } from '#lib/composing.ts'
import { say } from '#words/say.ts'

/** Enter and leaving keep the new title, Escape the old one. */
export function RenameField({ title, onDone }: { title: string; onDone: (title: string | null) => void }) {
  const [text, setText] = useState(title)
  const field = useRef<HTMLInputElement>(null)
  const done = useRef(false)
  const finish = (result: string | null) => {
    if (done.current) return
    done.current = true
    onDone(result?.trim() || null)
  }
  useEffect(() => field.current?.select(), [])
  return (
    <input
      ref={field}
      dir="auto"
      aria-label={say('Title')}
      maxLength={200}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => finish(text)}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (isComposing(event)) return
        if (event.key === 'Enter') finish(text)
        if (event.key === 'Escape') finish(null)
      }}
      className="h-10 w-full rounded-lg border border-accent bg-raised px-3 text-base outline-none"
    />
  )
}
