import { messageCharactersMax } from '@jarvis/contracts/chat.ts'
import { expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { pageStorage } from '#lib/page-storage.ts'
import { renderPage, serve } from '#lib/test-page.tsx'
import { Composer } from './composer.tsx'

type Props = {
  text?: string
  streaming?: boolean
  asking?: boolean
  onSend?: (text: string) => void
  onQueue?: (text: string) => void
  onStop?: () => void
}

function composer({ text = '', ...props }: Props) {
  serve({ '/api/v1/models': { body: { items: [], nextCursor: null } } })
  pageStorage.set('draft.c', text)
  const nothing = () => {}
  return renderPage(
    <Composer conversationId="c" streaming={false} asking={false} sending={false} onSend={nothing} onQueue={nothing} onStop={nothing} {...props} />,
  )
}

test('Enter sends, Shift+Enter makes a line, nothing is not sent', async () => {
  const onSend = vi.fn<(text: string) => void>()
  const page = await composer({ onSend })
  const box = page.getByLabelText('Message to Jarvis')
  await box.click()
  await userEvent.keyboard('{Enter}')
  expect(onSend).not.toHaveBeenCalled()
  await userEvent.keyboard('one{Shift>}{Enter}{/Shift}two')
  await expect.element(box).toHaveValue('one\ntwo')
  await userEvent.keyboard('{Enter}')
  expect(onSend).toHaveBeenCalledExactlyOnceWith('one\ntwo')
  await expect.element(box).toHaveValue('')
})

test('the Enter that ends a composition sends nothing, in Safari’s order of events too', async () => {
  const onSend = vi.fn<(text: string) => void>()
  const page = await composer({ onSend, text: 'にほん' })
  const box = page.getByLabelText('Message to Jarvis')
  const press = (init: KeyboardEventInit) =>
    box.element().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init }))
  press({ isComposing: true, keyCode: 229 })
  press({ isComposing: false, keyCode: 229 })
  expect(onSend).not.toHaveBeenCalled()
  press({ keyCode: 13 })
  expect(onSend).toHaveBeenCalledOnce()
})

test('what is written while an answer streams waits for its end', async () => {
  const [onSend, onQueue] = [vi.fn<(text: string) => void>(), vi.fn<(text: string) => void>()]
  const page = await composer({ streaming: true, onSend, onQueue })
  const box = page.getByLabelText('Message to Jarvis')
  await box.fill('And then?')
  await expect.element(page.getByRole('button', { name: 'Send when this answer ends' })).toBeVisible()
  await userEvent.keyboard('{Enter}')
  expect(onQueue).toHaveBeenCalledExactlyOnceWith('And then?')
  expect(onSend).not.toHaveBeenCalled()
})

test('it grows with its text', async () => {
  const page = await composer({})
  const box = page.getByLabelText('Message to Jarvis')
  const before = box.element().getBoundingClientRect().height
  await box.fill('a\nb\nc\nd')
  expect(box.element().getBoundingClientRect().height).toBeGreaterThan(before + 50)
})

test('a text that is too long says by how much and is not sent', async () => {
  const onSend = vi.fn<(text: string) => void>()
  const page = await composer({ onSend, text: 'x'.repeat(messageCharactersMax + 3) })
  await expect.element(page.getByText('Too long by 3 characters.')).toBeVisible()
  await expect.element(page.getByRole('button', { name: 'Send' })).toBeDisabled()
})

test('while an answer streams the button stops it', async () => {
  const onStop = vi.fn<() => void>()
  const page = await composer({ streaming: true, onStop })
  await page.getByRole('button', { name: 'Stop' }).click()
  expect(onStop).toHaveBeenCalledOnce()
})

test('a person who writes while an approval is open reads what sending does', async () => {
  const onSend = vi.fn<() => void>()
  const page = await composer({ asking: true, onSend })
  const note = page.getByText('Sending a message drops that request.')
  await expect.element(note).not.toBeInTheDocument()
  await page.getByLabelText('Message to Jarvis').fill('Rather not')
  await expect.element(note).toBeVisible()
  await userEvent.keyboard('{Enter}')
  expect(onSend).toHaveBeenCalledOnce()
})
