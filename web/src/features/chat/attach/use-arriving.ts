import { useEffect } from 'react'
import { loadAttach } from './lazy.ts'

const filesIn = (data: DataTransfer | null) => [...(data?.files ?? [])]
/** A browser's word, the same in every language. */
export const bringsFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.some((type) => type.toLowerCase() === 'files') ?? false

/** What was pasted is one address of the web and nothing else. */
const linkIn = (data: DataTransfer | null) => /^https?:\/\/[^\s<>"]{3,2000}$/i.exec(data?.getData('text/plain').trim() ?? '')?.[0]
const isField = (target: EventTarget | null) => target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement
const isComposer = (target: EventTarget | null) => target instanceof HTMLTextAreaElement && target.id === 'message'

/**
 * Takes what is dropped anywhere on the page, and what is pasted. From the first moment, before what sends it is loaded: a dropped file that
 * nobody takes is opened by the browser, and the page is gone.
 */
export function useArriving(conversationId: string) {
  useEffect(() => {
    const take = (event: Event, files: readonly File[]) => {
      event.preventDefault()
      void loadAttach().then(({ addFiles }) => addFiles(conversationId, files))
    }
    const listeners = {
      dragover: (event: DragEvent) => bringsFiles(event) && event.preventDefault(),
      drop: (event: DragEvent) => bringsFiles(event) && take(event, filesIn(event.dataTransfer)),
      paste: (event: ClipboardEvent) => {
        const files = filesIn(event.clipboardData)
        const link = linkIn(event.clipboardData)
        // A table's cells come as text with a picture of them; another field takes text alone.
        const isText = event.clipboardData?.getData('text/plain') !== ''
        if (files.length > 0 && !isText && (isComposer(event.target) || !isField(event.target))) take(event, files)
        if (link !== undefined && isComposer(event.target)) void loadAttach().then(({ offerPage }) => offerPage(conversationId, link))
      },
    }
    const entries = Object.entries(listeners) as [string, EventListener][]
    for (const [name, listener] of entries) document.addEventListener(name, listener)
    return () => {
      for (const [name, listener] of entries) document.removeEventListener(name, listener)
    }
  }, [conversationId])
}
