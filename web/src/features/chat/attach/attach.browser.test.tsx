import type { File } from '@jarvis/contracts/files.ts'
import { expect, onTestFinished, test } from 'vitest'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Toaster } from '#ui/toast.tsx'
import { AttachButton } from './attach-button.tsx'
import { attachments } from './attachments.ts'
import { Tray } from './tray.tsx'
import { useArriving } from './use-arriving.ts'

const file: File = {
  id: '00000000-0000-7000-8000-000000000001',
  name: 'Tides.html',
  mediaType: 'text/html',
  bytes: 900,
  sha256: 'a',
  createdAt: '2026-03-01T09:00:00Z',
  status: 'ready',
  error: null,
  pages: null,
  progress: null,
  sharedBy: null,
  url: 'https://example.org/tides',
}
const attached = { key: 'k', conversationId: 'c', bytes: 900, isPage: false, share: 1, preview: null }
const part = { type: 'file' as const, fileId: file.id, name: 'scan.pdf', mediaType: 'application/pdf' }

const signedIn = () => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })

function Attaching() {
  useArriving('c')
  return (
    <main>
      <Tray conversationId="c" />
      <textarea id="message" aria-label="Message" />
      <AttachButton conversationId="c" />
      <Toaster />
    </main>
  )
}

const page = () => renderPage(<Attaching />)

function paste(text: string) {
  const data = new DataTransfer()
  data.setData('text/plain', text)
  document.querySelector('#message')!.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
}

test('a link that is pasted alone is offered as a page, which goes along as a file; text with a link in it is text', async () => {
  signedIn()
  onTestFinished(() => attachments.set([]))
  serve({ '/api/v1/models': { body: { items: [], nextCursor: null } }, '/api/v1/files/pages': { status: 201, body: file } })
  const shown = await page()
  paste('See https://example.org/tides')
  await expect.element(shown.getByRole('button', { name: 'Attach the page' })).not.toBeInTheDocument()
  paste('https://example.org/tides')
  await shown.getByRole('button', { name: 'Attach the page' }).click()
  await expect.element(shown.getByText('Tides.html', { exact: true })).toBeVisible()
  expect(attachments.get()).toMatchObject([{ state: 'ready', part: { type: 'file', fileId: file.id, name: 'Tides.html' } }])
  expect(await accessibilityFaults()).toEqual([])
})

test('the tray says how far the reading is, and reads again what could not be read', async () => {
  signedIn()
  onTestFinished(() => attachments.set([]))
  serve({
    '/api/v1/models': { body: { items: [], nextCursor: null } },
    [`/api/v1/files/${file.id}/read`]: { body: { ...file, name: 'scan.pdf' } },
  })
  const shown = await page()
  attachments.set([{ ...attached, name: 'scan.pdf', state: 'reading', progress: { done: 5, total: 40 }, error: null, part }])
  await expect.element(shown.getByText('Being read, 5 of 40 pages', { exact: true })).toBeVisible()
  attachments.set([{ ...attached, name: 'scan.pdf', state: 'ready', progress: null, error: 'You stopped the reading of this file.', part }])
  await shown.getByRole('button', { name: 'Read scan.pdf again' }).click()
  await expect.element(shown.getByText('You stopped the reading of this file.', { exact: true })).not.toBeInTheDocument()
})
