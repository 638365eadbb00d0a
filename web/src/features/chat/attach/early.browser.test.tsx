import { expect, onTestFinished, test, vi } from 'vitest'
import { Composer } from '#features/chat/composer/composer.tsx'
import { openChat } from '#features/chat/live/chat.ts'
import { session } from '#lib/session.ts'
import { renderPage, serve } from '#lib/test-page.tsx'
import { attachments } from './attachments.ts'

const parts = vi.hoisted(() => {
  let come = () => {}
  return { came: new Promise<void>((resolve) => (come = resolve)), come: () => come() }
})
vi.mock('#features/chat/attach/attach-parts.ts', async (importOriginal) => {
  await parts.came
  return importOriginal()
})

test('a file that is dropped, or pasted, before what sends it has come waits for it; the browser does not open it', async () => {
  session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
  onTestFinished(() => attachments.set([]))
  serve({ '/api/v1/models': { body: { items: [], nextCursor: null } } })
  const nothing = () => {}
  const page = await renderPage(
    <Composer conversationId="c" streaming={false} asking={false} sending={false} onSend={nothing} onQueue={nothing} onStop={nothing} />,
  )
  const box = page.getByLabelText('Message to Jarvis').element()
  const holding = (name: string) => {
    const data = new DataTransfer()
    data.items.add(new File(['Flut um zwölf'], name))
    return data
  }
  const init = { bubbles: true, cancelable: true }
  // `false`: the browser is told to leave it alone.
  expect(box.dispatchEvent(new DragEvent('dragover', { ...init, dataTransfer: holding('dropped.txt') }))).toBe(false)
  expect(box.dispatchEvent(new DragEvent('drop', { ...init, dataTransfer: holding('dropped.txt') }))).toBe(false)
  expect(box.dispatchEvent(new ClipboardEvent('paste', { ...init, clipboardData: holding('pasted.txt') }))).toBe(false)
  // Cells of a table come as text with a picture of them; another field takes what is its own.
  const cells = holding('cells.png')
  cells.setData('text/plain', 'Monday\t12:00')
  expect(box.dispatchEvent(new ClipboardEvent('paste', { ...init, clipboardData: cells }))).toBe(true)
  const other = document.body.appendChild(document.createElement('textarea'))
  onTestFinished(() => other.remove())
  expect(other.dispatchEvent(new ClipboardEvent('paste', { ...init, clipboardData: holding('other.txt') }))).toBe(true)
  expect(attachments.get()).toEqual([])
  parts.come()
  await expect.element(page.getByText('dropped.txt', { exact: true })).toBeVisible()
  await expect.element(page.getByText('pasted.txt', { exact: true })).toBeVisible()
  expect(attachments.get()).toHaveLength(2)
  // Who signs in next in this tab finds nothing of it.
  openChat('ada')
  expect(attachments.get()).toHaveLength(2)
  openChat('ben')
  expect(attachments.get()).toEqual([])
})
