import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { variablesIn } from '@jarvis/contracts/prompt-text.ts'
import type { Prompt } from '@jarvis/contracts/prompts.ts'
import { type FormEvent, useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { TextArea } from '#ui/text-area.tsx'
import { promptsQuery } from './prompt-queries.ts'
import { say } from '#words/say.ts'

type FormProps = {
  prompt: Prompt | undefined
  /** With everybody of the installation. */
  mayShare: boolean
  /** With others of the organisation. */
  onShare?: (prompt: Prompt) => void
  onDone: () => void
}

export function PromptForm({ prompt, mayShare, onShare, onDone }: FormProps) {
  const [name, setName] = useState(prompt?.name ?? '')
  const [text, setText] = useState(prompt?.text ?? '')
  const [defaults, setDefaults] = useState<Record<string, string>>(() =>
    Object.fromEntries(prompt?.variables.map((variable) => [variable.name, variable.default ?? '']) ?? []),
  )
  const [shared, setShared] = useState(prompt?.shared ?? false)
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const gaps = variablesIn(text)

  async function change(act: () => Promise<unknown>) {
    setBusy(true)
    try {
      await act()
      await queryClient.invalidateQueries({ queryKey: promptsQuery.queryKey })
      onDone()
    } catch (problem) {
      setError(messageOf(problem))
      setBusy(false)
    }
  }
  function save(event: FormEvent) {
    event.preventDefault()
    const variables = gaps.map(({ name }) => ({ name, ...(defaults[name] && { default: defaults[name] }) }))
    const body = { name: name.trim(), text, variables, ...(mayShare && { shared }) }
    void change(() => (prompt ? call(endpoints.updatePrompt, { params: { id: prompt.id }, body }) : call(endpoints.createPrompt, { body })))
  }

  return (
    <form className="flex flex-col gap-4" onSubmit={save}>
      <Field label={say('Name')} data-first-focus required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
      <TextArea
        label={say('Text')}
        required
        maxLength={20_000}
        hint={say('{{topic}} is a gap: you are asked what stands there each time.')}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {gaps.map((gap) => (
        <Field
          key={gap.name}
          label={say('Usually in “{name}”', { name: gap.name })}
          maxLength={1000}
          value={defaults[gap.name] ?? ''}
          onChange={({ target }) => setDefaults({ ...defaults, [gap.name]: target.value })}
        />
      ))}
      {mayShare && (
        <label className="flex min-h-10 items-center gap-3">
          <input
            type="checkbox"
            className="size-4 accent-accent touch:size-6"
            checked={shared}
            onChange={({ target }) => setShared(target.checked)}
          />
          {say('Everybody of this installation can use it')}
        </label>
      )}
      {error && (
        <p role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        {prompt && (
          <Button
            look="danger"
            className="me-auto"
            busy={busy}
            onClick={() => void change(() => call(endpoints.deletePrompt, { params: { id: prompt.id } }))}
          >
            {say('Delete prompt')}
          </Button>
        )}
        {onShare && prompt?.own && <Button onClick={() => onShare(prompt)}>{say('Share')}</Button>}
        <Button onClick={onDone}>{say('Back')}</Button>
        <Button look="primary" type="submit" busy={busy}>
          {say('Save')}
        </Button>
      </div>
    </form>
  )
}
