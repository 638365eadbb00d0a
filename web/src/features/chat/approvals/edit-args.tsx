import { useId, useState } from 'react'
import { Button } from '#ui/button.tsx'
import { inputClass } from '#ui/field.tsx'
import { GrowingText } from '#ui/growing-text.tsx'
import { faultOf } from './exact.ts'
import { isComposing } from '#lib/composing.ts'
import { say } from '#words/say.ts'

type EditProps = { args: string; onCancel: () => void; onApprove: (args: string) => void }

export function EditArgs({ args, onCancel, onApprove }: EditProps) {
  const id = useId()
  const [text, setText] = useState(args)
  const fault = faultOf(text)
  return (
    <div className="flex flex-col gap-2">
      <GrowingText
        label={say('Arguments, as JSON')}
        value={text}
        onChange={setText}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || isComposing(event)) return
          event.stopPropagation()
          onCancel()
        }}
        spellCheck={false}
        autoCapitalize="off"
        aria-invalid={fault ? true : undefined}
        aria-describedby={id}
        className={`${inputClass} max-h-80 py-2 font-mono leading-relaxed`}
        takesFocus
      />
      <p id={id} role="status" className={fault ? 'text-sm text-danger' : 'text-sm text-muted'}>
        {fault ?? say('What you write here runs instead.')}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" disabled={fault !== null} onClick={() => onApprove(text)}>
          {say('Approve as edited')}
        </Button>
        <Button onClick={onCancel}>{say('Cancel')}</Button>
      </div>
    </div>
  )
}
