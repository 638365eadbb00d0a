import { messageCharactersMax } from '@jarvis/contracts/chat.ts'
import { useRef, useState } from 'react'
import { expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { renderPage, serve } from '#lib/test-page.tsx'
import { Composer } from './composer.tsx'

type Props = { text?: string; streaming?: boolean; asking?: boolean; onSend?: () => void; onStop?: () => void }

function Page({ text: initial = '', streaming = false, asking = false, onSend = () => {}, onStop = () => {} }: Props) {
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(initial)
  return (
    <Composer field={field} text={text} onChange={setText} streaming={streaming} asking={asking} sending={false} onSend={onSend} onStop={onStop} />
  )
}

function composer(props: Props) {
  serve({ '/api/v1/models': { body: { items: [], nextCursor: null } } })
  return renderPage(<Page {...props} />)
}

test('Enter sends, Shift+Enter makes a line, nothing is not sent', async () => {
  const onSend = vi.fn<() => void>()
  const page = await composer({ onSend })
  const box = page.getByLabelText('Message to Jarvis')
  await box.click()
  await userEvent.keyboard('{Enter}')
  expect(onSend).not.toHaveBeenCalled()
  await userEvent.keyboard('one{Shift>}{Enter}{/Shift}two')
  await expect.element(box).toHaveValue('one\ntwo')
  await userEvent.keyboard('{Enter}')
  expect(onSend).toHaveBeenCalledOnce()
})

test('it grows with its text', async () => {
  const page = await composer({})
  const box = page.getByLabelText('Message to Jarvis')
  const before = box.element().getBoundingClientRect().height
  await box.fill('a\nb\nc\nd')
  expect(box.element().getBoundingClientRect().height).toBeGreaterThan(before + 50)
})

test('a text that is too long says by how much and is not sent', async () => {
  const onSend = vi.fn<() => void>()
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
