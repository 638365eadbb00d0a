import { useCallback, useState } from 'react'
import { pageStorage } from '#lib/page-storage.ts'

/** What was typed and not sent, per conversation, over reloads of this tab. */
export function useDraft(conversationId: string): [string, (text: string) => void] {
  const name = `draft.${conversationId}`
  const [draft, setDraft] = useState({ name, text: pageStorage.get(name) ?? '' })
  const change = useCallback(
    (text: string) => {
      setDraft({ name, text })
      pageStorage.set(name, text)
    },
    [name],
  )
  return [draft.name === name ? draft.text : (pageStorage.get(name) ?? ''), change]
}
