import type { Prompt } from '@jarvis/contracts/prompts.ts'
import { useState } from 'react'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { say } from '#words/say.ts'

type FillProps = { prompt: Prompt; onFilled: (values: Record<string, string>) => void; onClose: () => void }

/** Asks for what stands in the gaps of a prompt. */
export function FillDialog({ prompt: { name, variables }, onFilled, onClose }: FillProps) {
  const [values, setValues] = useState<Record<string, string>>(() => Object.fromEntries(variables.map((one) => [one.name, one.default ?? ''])))
  return (
    <Dialog title={name} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          onFilled(values)
        }}
      >
        {variables.map((variable, index) => (
          <Field
            key={variable.name}
            label={variable.name}
            required
            maxLength={5000}
            {...(index === 0 && { 'data-first-focus': true })}
            value={values[variable.name] ?? ''}
            onChange={({ target }) => setValues({ ...values, [variable.name]: target.value })}
          />
        ))}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{say('Cancel')}</Button>
          <Button look="primary" type="submit">
            {say('Write it')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
