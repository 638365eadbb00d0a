import { memoryCharactersMax } from '@jarvis/contracts/memory.ts'
import { useState } from 'react'
import { Button } from '#ui/button.tsx'
import { inputClass } from '#ui/field.tsx'
import { GrowingText } from '#ui/growing-text.tsx'
import { isComposing } from '#lib/composing.ts'
import { useIsTouch } from '#lib/use-media.ts'
import { say, sayCount } from '#words/say.ts'

type FormProps = {
  label: string
  action: string
  initial?: string
  busy: boolean
  error?: string | undefined
  takesFocus?: boolean
  onSave: (text: string) => void
  onCancel?: () => void
}

export function MemoryForm({ label, action, initial = '', busy, error, takesFocus = false, onSave, onCancel }: FormProps) {
  const [text, setText] = useState(initial)
  const touch = useIsTouch()
  const over = text.trim().length - memoryCharactersMax
  const ready = text.trim() !== '' && over <= 0 && !busy
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) onSave(text.trim())
      }}
    >
      <div className="flex items-start gap-2">
        <GrowingText
          label={label}
          placeholder={say('I prefer short answers.')}
          value={text}
          onChange={setText}
          takesFocus={takesFocus}
          aria-invalid={over > 0 || error ? true : undefined}
          onKeyDown={(event) => {
            if (isComposing(event)) return
            if (event.key === 'Escape') onCancel?.()
            if (event.key !== 'Enter' || event.shiftKey || touch) return
            event.preventDefault()
            if (ready) onSave(text.trim())
          }}
          className={`${inputClass} min-h-11 resize-none py-2.5 leading-snug`}
        />
        <Button type="submit" look="primary" className="h-11" busy={busy} disabled={!ready}>
          {action}
        </Button>
        {onCancel && (
          <Button className="h-11" onClick={onCancel}>
            {say('Cancel')}
          </Button>
        )}
      </div>
      {(error ?? over > 0) && (
        <p role="alert" className="text-sm text-danger">
          {error ?? sayCount(over, 'Too long by {n} character.', 'Too long by {n} characters.')}
        </p>
      )}
    </form>
  )
}
