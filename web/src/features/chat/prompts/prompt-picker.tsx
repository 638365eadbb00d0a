import { fillIn } from '@jarvis/contracts/prompt-text.ts'
import type { Prompt } from '@jarvis/contracts/prompts.ts'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, type Ref, useImperativeHandle, useState } from 'react'
import { messageOf } from '#lib/problem.ts'
import { cx } from '#ui/cx.ts'
import { FillDialog } from './fill-dialog.tsx'
import { promptsQuery } from './prompt-queries.ts'
import { PromptsDialog } from './prompts-dialog.tsx'
import { say, sayCount } from '#words/say.ts'

/** `press` takes a key that is meant for the list; true when it did. */
export type PickerHandle = { press: (event: KeyboardEvent) => boolean }
type PickerProps = {
  id: string
  /** What stands after the slash; null while there is none. */
  typed: string | null
  handle: Ref<PickerHandle>
  onTake: (text: string) => void
  onDismiss: () => void
}
type Choice = { id: string; name: string; detail: string; prompt?: Prompt }

/** The kept prompts, above the field in which a slash was written. The field keeps the focus and has the keys. */
export function PromptPicker({ id, typed, handle, onTake, onDismiss }: PickerProps) {
  const { data, error } = useQuery(promptsQuery)
  const [at, setAt] = useState(0)
  const [filled, setFilled] = useState<Prompt | null>(null)
  const [managing, setManaging] = useState(false)
  const words = (typed ?? '').toLowerCase().split(/\s+/)
  const fitting = (data?.items ?? []).filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)))
  const choices: Choice[] = [
    ...fitting.map((prompt) => ({ id: prompt.id, name: prompt.name, detail: prompt.text, prompt })),
    {
      id: 'manage',
      name: data?.items.length === 0 ? say('Keep your first prompt') : say('Prompts: add or change'),
      detail: say('Texts that you ask with again'),
    },
  ]
  const chosen = choices[Math.min(at, choices.length - 1)]!
  // What fits no prompt is a message that begins with a slash.
  const open = typed !== null && !filled && !managing && (typed === '' || fitting.length > 0)

  function take({ prompt }: Choice) {
    if (!prompt) return setManaging(true)
    if (prompt.variables.length > 0) setFilled(prompt)
    else onTake(prompt.text)
  }

  useImperativeHandle(handle, () => ({
    press(event) {
      if (!open) return false
      const to = { ArrowDown: at + 1, ArrowUp: at - 1 + choices.length }[event.key]
      if (event.key === 'Enter' || event.key === 'Tab') take(chosen)
      else if (event.key === 'Escape') onDismiss()
      else if (to !== undefined) setAt(to % choices.length)
      else return false
      event.preventDefault()
      return true
    },
  }))

  return (
    <>
      {open && (
        <div
          id={id}
          role="listbox"
          aria-label={say('Prompts')}
          className="appear absolute inset-x-0 bottom-full z-10 mb-2 max-h-[min(20rem,45dvh)] overflow-y-auto rounded-2xl border border-line bg-raised p-2 shadow-raised"
        >
          {error && !data && <p className="px-3 py-1 text-sm text-danger">{messageOf(error)}</p>}
          {choices.map((choice, index) => (
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the field has the focus and the keys
            <div
              key={choice.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={choice === chosen}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(choice)}
              onPointerMove={() => setAt(index)}
              className={cx('flex min-h-10 cursor-pointer flex-col justify-center rounded-lg px-3 py-1.5', choice === chosen && 'bg-hover')}
            >
              <span dir="auto" className="truncate">
                {choice.name}
                {choice.prompt?.sharedBy && (
                  <span className="ms-2 text-[0.8125rem] text-muted">{say('Shared by {name}', { name: choice.prompt.sharedBy.name })}</span>
                )}
                {choice.prompt?.shared && <span className="ms-2 text-[0.8125rem] text-muted">{say('shared')}</span>}
              </span>
              <span dir="auto" className="truncate text-[0.8125rem] text-muted">
                {choice.detail}
              </span>
            </div>
          ))}
        </div>
      )}
      <p role="status" className="sr-only">
        {open ? `${sayCount(choices.length, '{n} prompts.', '{n} prompts.')} ${chosen.name}` : ''}
      </p>
      {filled && (
        <FillDialog
          prompt={filled}
          onFilled={(values) => {
            setFilled(null)
            onTake(fillIn(filled.text, values))
          }}
          onClose={() => setFilled(null)}
        />
      )}
      {managing && (
        <PromptsDialog
          onClose={() => {
            setManaging(false)
            onDismiss()
          }}
        />
      )}
    </>
  )
}
