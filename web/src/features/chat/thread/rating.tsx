import type { Feedback, Message } from '@jarvis/contracts/chat.ts'
import { ThumbsDown, ThumbsUp } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button, IconButton } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'
import type { English } from '#words/language.ts'
import { rate } from './rate.ts'

const reasons: English[] = ['Wrong', 'Not what I asked', 'Too long', 'Unsafe']

/** Good or bad, and on request why. Administrators see how many, by model; the words stay with the conversation. */
export function Rating({ message }: { message: Message }) {
  const rating = message.feedback?.rating
  const [asking, setAsking] = useState(false)

  function press(pressed: Feedback['rating']) {
    const next = rating === pressed ? null : { rating: pressed }
    setAsking(next?.rating === 'down')
    void rate(message, next)
  }

  return (
    <>
      <IconButton small label={say('Good answer')} aria-pressed={rating === 'up'} onClick={() => press('up')}>
        <ThumbsUp className={rating === 'up' ? 'size-4 fill-current' : 'size-4'} />
      </IconButton>
      <IconButton small label={say('Bad answer')} aria-pressed={rating === 'down'} onClick={() => press('down')}>
        <ThumbsDown className={rating === 'down' ? 'size-4 fill-current' : 'size-4'} />
      </IconButton>
      {asking && (
        <Reason
          onClose={() => setAsking(false)}
          onSay={(comment) => {
            setAsking(false)
            void rate(message, { rating: 'down', comment }).then((isKept) => isKept && toast(say('Thank you.')))
          }}
        />
      )}
    </>
  )
}

function Reason({ onSay, onClose }: { onSay: (comment: string) => void; onClose: () => void }) {
  const [text, setText] = useState('')
  function send(event: FormEvent) {
    event.preventDefault()
    if (text.trim()) onSay(text.trim())
  }
  return (
    <form aria-label={say('What was wrong')} className="order-last mt-1 flex basis-full flex-col gap-2 px-2 touch:px-3" onSubmit={send}>
      <div className="flex flex-wrap gap-1">
        {reasons.map((reason) => (
          <Button key={reason} className="min-h-9 px-3 text-sm" onClick={() => onSay(reason)}>
            {say(reason)}
          </Button>
        ))}
      </div>
      <div className="flex flex-wrap items-end gap-2">
        <Field
          label={say('Or in your words')}
          className="min-w-48 grow"
          maxLength={1000}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" disabled={!text.trim()}>
          {say('Send')}
        </Button>
        <Button look="bare" onClick={onClose}>
          {say('Close')}
        </Button>
      </div>
    </form>
  )
}
