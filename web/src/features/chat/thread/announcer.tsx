import type { Answer } from '@jarvis/contracts/run.ts'
import { lastEnded } from '#features/chat/live/chat.ts'
import { useStore } from '#lib/store.ts'

const spokenCharacters = 1500

/** Tells screen readers of an answer once it is whole, never token by token. */
export function Announcer({ conversationId, streaming }: { conversationId: string; streaming: boolean }) {
  const ended = useStore(lastEnded)
  const said = ended?.conversationId === conversationId ? outcome(ended.answer) : ''
  return (
    <p role="status" className="sr-only">
      {streaming ? 'Jarvis is answering' : said}
    </p>
  )
}

function outcome({ status, content, error, interrupts }: Answer): string {
  if (status === 'waiting') return `Jarvis waits for your approval. ${interrupts.map(({ reason }) => reason).join(' ')}`
  if (status === 'failed') return error?.detail ?? 'The answer failed'
  return `${status === 'stopped' ? 'Stopped. ' : ''}Jarvis: ${spoken(content)}`
}

function spoken(markdown: string): string {
  const text = markdown
    .split('```')
    .map((part, index) => (index % 2 === 0 ? part : ' (code) '))
    .join('')
    .replaceAll(/\[([^[\]]*)\]\([^()[\]]*\)/g, '$1')
    .replaceAll(/[*_`#>|]+/g, '')
  return text.length > spokenCharacters ? `${text.slice(0, spokenCharacters)} … the rest is on the page.` : text
}
