import type { Answer } from '@jarvis/contracts/run.ts'
import { lastEnded } from '#features/chat/live/chat.ts'
import { useStore } from '#lib/store.ts'
import { say } from '#words/say.ts'
import { failureText } from '#lib/problem.ts'

const spokenCharacters = 1500

/** Tells screen readers of an answer once it is whole, never token by token. */
export function Announcer({ conversationId, streaming }: { conversationId: string; streaming: boolean }) {
  const ended = useStore(lastEnded)
  const said = ended?.conversationId === conversationId ? outcome(ended.answer) : ''
  return (
    <p role="status" className="sr-only">
      {streaming ? say('Jarvis is answering') : said}
    </p>
  )
}

function outcome({ status, content, error, interrupts }: Answer): string {
  if (status === 'waiting') return `${say('Jarvis waits for your approval.')} ${interrupts.map(({ reason }) => reason).join(' ')}`
  if (status === 'failed') return error ? failureText(error) : say('The answer failed')
  return [status === 'stopped' && say('Stopped.'), `Jarvis: ${spoken(content)}`].filter(Boolean).join(' ')
}

function spoken(markdown: string): string {
  const text = markdown
    .split('```')
    .map((part, index) => (index % 2 === 0 ? part : ` (${say('code')}) `))
    .join('')
    .replaceAll(/\[([^[\]]*)\]\([^()[\]]*\)/g, '$1')
    .replaceAll(/[*_`#>|]+/g, '')
  return text.length > spokenCharacters ? `${text.slice(0, spokenCharacters)} … ${say('the rest is on the page.')}` : text
}
