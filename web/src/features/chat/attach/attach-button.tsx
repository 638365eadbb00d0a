import { Paperclip } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { IconButton } from '#ui/button.tsx'
import { addFiles } from './uploads.ts'
import { bringsFiles } from './use-arriving.ts'
import { say } from '#words/say.ts'

/** Files come in by this button; it says that they may be dropped, too. */
export function AttachButton({ conversationId }: { conversationId: string }) {
  const picker = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)

  useEffect(() => {
    // An element that is entered is told before the one that is left.
    let depth = 0
    const show = (by: number) => {
      depth = Math.max(0, depth + by)
      setOver(depth > 0)
    }
    const enter = (event: DragEvent) => bringsFiles(event) && show(1)
    const leave = (event: DragEvent) => bringsFiles(event) && show(-1)
    const drop = () => show(-Infinity)
    const listeners = { dragenter: enter, dragleave: leave, drop }
    for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener as (event: Event) => void)
    return () => {
      for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener as (event: Event) => void)
    }
  }, [])

  return (
    <>
      <IconButton label={say('Attach files')} className="rounded-full" onClick={() => picker.current?.click()}>
        <Paperclip className="size-5" />
      </IconButton>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={say('Files to attach')}
        onChange={({ target }) => {
          addFiles(conversationId, [...(target.files ?? [])])
          // The same file may be chosen again.
          target.value = ''
        }}
      />
      {over && (
        <div className="pointer-events-none fixed inset-0 z-40 flex items-center justify-center bg-canvas/80 p-6">
          <p className="rounded-2xl border-2 border-dashed border-accent bg-raised px-8 py-6 text-lg shadow-raised">
            {say('Drop files to attach them')}
          </p>
        </div>
      )}
    </>
  )
}
