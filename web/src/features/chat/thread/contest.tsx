import type { Message } from '@jarvis/contracts/chat.ts'
import { Button } from '#ui/button.tsx'
import { say } from '#words/say.ts'
import { rate } from './rate.ts'

/** Of a message that was blocked: its writer says that it should not have been. It counts as a bad answer of no model, which administrators see. */
export function Contest({ message }: { message: Message }) {
  if (message.feedback?.rating !== 'down')
    return (
      <Button className="min-h-9 px-3 text-sm" onClick={() => void rate(message, { rating: 'down' })}>
        {say('This is a mistake')}
      </Button>
    )
  return (
    <p className="flex flex-wrap items-center gap-2 px-2 text-sm text-muted touch:px-3">
      {say('You called this a mistake. Administrators see how often that happens, and nobody’s words.')}
      <Button className="min-h-9 px-3 text-sm" onClick={() => void rate(message, null)}>
        {say('Undo')}
      </Button>
    </p>
  )
}
