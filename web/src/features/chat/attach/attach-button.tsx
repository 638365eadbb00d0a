import { Paperclip } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { IconButton } from '#ui/button.tsx'
import { toast } from '#ui/toast.tsx'
import { addFiles, addPage } from './uploads.ts'
import { say } from '#words/say.ts'

const filesIn = (data: DataTransfer | null) => [...(data?.files ?? [])]
/** A browser's word, the same in every language. */
const bringsFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.some((type) => type.toLowerCase() === 'files') ?? false

/** What was pasted is one address of the web and nothing else. */
const linkIn = (data: DataTransfer | null) => /^https?:\/\/[^\s<>"]{3,2000}$/i.exec(data?.getData('text/plain').trim() ?? '')?.[0]
const isComposer = (target: EventTarget | null) => target instanceof HTMLTextAreaElement && target.id === 'message'
const offerPage = (conversationId: string, link: string) =>
  toast(say('The page of this link can go along as a file.'), { label: say('Attach the page'), run: () => addPage(conversationId, link) })

/** Files come in by this button, by dropping them anywhere on the page, and by pasting. */
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
    const allow = (event: DragEvent) => bringsFiles(event) && event.preventDefault()
    const drop = (event: DragEvent) => {
      if (!bringsFiles(event)) return
      event.preventDefault()
      show(-Infinity)
      addFiles(conversationId, filesIn(event.dataTransfer))
    }
    const paste = (event: ClipboardEvent) => {
      const files = filesIn(event.clipboardData)
      const link = linkIn(event.clipboardData)
      if (link !== undefined && isComposer(event.target)) offerPage(conversationId, link)
      if (files.length === 0) return
      event.preventDefault()
      addFiles(conversationId, files)
    }
    const listeners = { dragenter: enter, dragleave: leave, dragover: allow, drop, paste }
    for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener as (event: Event) => void)
    return () => {
      for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener as (event: Event) => void)
    }
  }, [conversationId])

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
