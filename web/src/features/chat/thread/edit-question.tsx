import { type KeyboardEvent, useState } from 'react'
import { Button } from '#ui/button.tsx'
import { inputClass } from '#ui/field.tsx'
import { GrowingText } from '#ui/growing-text.tsx'
import { isComposing } from '#lib/composing.ts'
import { useIsTouch } from '#lib/use-media.ts'
import { say } from '#words/say.ts'

type EditProps = { content: string; charactersMax: number; onCancel: () => void; onSend: (content: string) => void }

export function EditQuestion({ content, charactersMax, onCancel, onSend }: EditProps) {
  const [text, setText] = useState(content)
  const touch = useIsTouch()
  const ready = text.trim() !== '' && text.length <= charactersMax
  function pressed(event: KeyboardEvent) {
    if (isComposing(event)) return
    if (event.key === 'Escape') {
      event.stopPropagation()
      onCancel()
    }
    if (event.key === 'Enter' && !event.shiftKey && !touch) {
      event.preventDefault()
      if (ready) onSend(text.trim())
    }
  }
  return (
    <div className="flex flex-col gap-2">
      <GrowingText
        label={say('Edit message')}
        value={text}
        onChange={setText}
        onKeyDown={pressed}
        className={`${inputClass} max-h-[50dvh] rounded-2xl px-4 py-2.5 leading-relaxed`}
        takesFocus
      />
      <div className="flex items-center justify-end gap-2">
        <p className="grow text-sm text-muted">{say('Sending starts a new version; this one stays.')}</p>
        <Button onClick={onCancel}>{say('Cancel')}</Button>
        <Button look="primary" disabled={!ready} onClick={() => onSend(text.trim())}>
          {say('Send')}
        </Button>
      </div>
    </div>
  )
}
