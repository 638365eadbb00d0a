import { messageCharactersMax } from '@jarvis/contracts/chat.ts'
import { expect, onTestFinished, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { attachments } from '#features/chat/attach/attachments.ts'
import { pageStorage } from '#lib/page-storage.ts'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { chooseModel } from './chosen-model.ts'
import { Composer } from './composer.tsx'

type Props = {
  text?: string
  streaming?: boolean
  asking?: boolean
  onSend?: (text: string, attached: readonly unknown[]) => void
  onQueue?: (text: string, attached: readonly unknown[]) => void
  onStop?: () => void
}

function composer({ text = '', ...props }: Props, replies: Parameters<typeof serve>[0] = {}) {
  serve({ '/api/v1/models': { body: { items: [], nextCursor: null } }, ...replies })
  pageStorage.set('draft.c', text)
  const nothing = () => {}
  return renderPage(
    <main>
      <Composer conversationId="c" streaming={false} asking={false} sending={false} onSend={nothing} onQueue={nothing} onStop={nothing} {...props} />
    </main>,
  )
}

test('Enter sends, Shift+Enter makes a line, nothing is not sent', async () => {
  const onSend = vi.fn<(text: string, attached: readonly unknown[]) => void>()
  const page = await composer({ onSend })
  const box = page.getByLabelText('Message to Jarvis')
  await box.click()
  await userEvent.keyboard('{Enter}')
  expect(onSend).not.toHaveBeenCalled()
  await userEvent.keyboard('one{Shift>}{Enter}{/Shift}two')
  await expect.element(box).toHaveValue('one\ntwo')
  await userEvent.keyboard('{Enter}')
  expect(onSend).toHaveBeenCalledExactlyOnceWith('one\ntwo', [])
  await expect.element(box).toHaveValue('')
})

test('the Enter that ends a composition sends nothing, in Safari’s order of events too', async () => {
  const onSend = vi.fn<(text: string, attached: readonly unknown[]) => void>()
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
  const [onSend, onQueue] = [
    vi.fn<(text: string, attached: readonly unknown[]) => void>(),
    vi.fn<(text: string, attached: readonly unknown[]) => void>(),
  ]
  const page = await composer({ streaming: true, onSend, onQueue })
  const box = page.getByLabelText('Message to Jarvis')
  await box.fill('And then?')
  await expect.element(page.getByRole('button', { name: 'Send when this answer ends' })).toBeVisible()
  await userEvent.keyboard('{Enter}')
  expect(onQueue).toHaveBeenCalledExactlyOnceWith('And then?', [])
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
  const onSend = vi.fn<(text: string, attached: readonly unknown[]) => void>()
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

const signedIn = () => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
const kept = { shared: false, own: true, createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z' }
const prompts = [
  {
    ...kept,
    id: '1',
    name: 'Explain',
    text: 'Explain {{topic}} to {{audience}}.',
    variables: [{ name: 'topic' }, { name: 'audience', default: 'a child' }],
  },
  { ...kept, id: '2', name: 'Greet', text: 'Say hello.', variables: [] },
]

test('a slash finds a kept prompt by its name, asks for its gaps and writes it; nothing is sent by that', async () => {
  signedIn()
  const onSend = vi.fn<(text: string) => void>()
  const page = await composer({ onSend }, { '/api/v1/prompts': { body: { items: prompts, nextCursor: null } } })
  const box = page.getByLabelText('Message to Jarvis')
  await box.fill('/')
  await expect.element(page.getByRole('option', { name: 'Explain' })).toHaveAttribute('aria-selected', 'true')
  expect(await accessibilityFaults()).toEqual([])
  await userEvent.keyboard('{ArrowDown}{Enter}')
  await expect.element(box).toHaveValue('Say hello.')
  await box.fill('/exp')
  await expect.element(page.getByRole('option', { name: 'Greet' })).not.toBeInTheDocument()
  await userEvent.keyboard('{Enter}')
  await page.getByLabelText('topic').fill('tides')
  await expect.element(page.getByLabelText('audience')).toHaveValue('a child')
  await userEvent.keyboard('{Enter}')
  await expect.element(box).toHaveValue('Explain tides to a child.')
  expect(onSend).not.toHaveBeenCalled()
})

test.each(['/nothing fits', '/usr/bin is a path'])('%s is a message like any other', async (text) => {
  signedIn()
  const onSend = vi.fn<(text: string) => void>()
  const page = await composer({ onSend }, { '/api/v1/prompts': { body: { items: prompts, nextCursor: null } } })
  const box = page.getByLabelText('Message to Jarvis')
  await box.fill('/')
  await expect.element(page.getByRole('option', { name: 'Greet' })).toBeVisible()
  await box.fill(text)
  await expect.element(page.getByRole('listbox')).not.toBeInTheDocument()
  await userEvent.keyboard('{Enter}')
  expect(onSend).toHaveBeenCalledExactlyOnceWith(text, [])
})

const abilities = { tools: true, images: false, json: true, reasoning: false }
const model = (id: string, name: string, more: object = {}) => ({
  id,
  name,
  tier: 'economy',
  contextTokens: 128_000,
  outputTokensMax: 4096,
  inputMicroUsdPerMillion: 150_000,
  outputMicroUsdPerMillion: 600_000,
  practice: false,
  provider: 'default',
  capabilities: abilities,
  ...more,
})

test('each model says what it can and costs; a long list is searched by name and by ability, with the keyboard', async () => {
  signedIn()
  const many = Array.from({ length: 9 }, (_, index) => model(`m${index}`, `Model ${index}`))
  const items = [...many, model('seer', 'Seer', { tier: 'premium', capabilities: { ...abilities, images: true, reasoning: true } })]
  const page = await composer({}, { '/api/v1/models': { body: { items, nextCursor: null } } })
  await page.getByRole('button', { name: /^Model:/ }).click()
  await expect
    .element(page.getByRole('menuitemradio', { name: 'Seer' }))
    .toMatchTextContent(/tools · pictures · thinks · reads 128K tokens · \$0.15 in, \$0.6 out per million tokens/)
  await page.getByLabelText('Search models').fill('pictures')
  await expect.element(page.getByRole('menuitemradio', { name: 'Model 3' })).not.toBeInTheDocument()
  await userEvent.keyboard('{ArrowDown}{ArrowDown}{Enter}')
  await expect.element(page.getByRole('button', { name: 'Model: Seer' })).toBeVisible()
  localStorage.removeItem('jarvis.model')
})

test('a picture that no model sees, or not the chosen one, says so before it is sent', async () => {
  signedIn()
  onTestFinished(() => attachments.set([]))
  const part = { type: 'image' as const, fileId: 'f', mediaType: 'image/png' }
  const picture = {
    key: 'k',
    conversationId: 'c',
    name: 'shore.png',
    bytes: 9,
    state: 'ready' as const,
    isPage: false,
    share: 1,
    progress: null,
    error: null,
    part,
    preview: null,
  }
  attachments.set([picture])
  const seer = model('seer', 'Seer', { capabilities: { ...abilities, images: true } })
  const blind = model('blind', 'Blind', { capabilities: { ...abilities, images: false } })
  const first = await composer({}, { '/api/v1/models': { body: { items: [blind], nextCursor: null } } })
  await expect.element(first.getByText('None of your models sees pictures: they get the words that can be read in them.')).toBeVisible()
  await first.unmount()
  const second = await composer({}, { '/api/v1/models': { body: { items: [blind, seer], nextCursor: null } } })
  await expect.element(second.getByText('shore.png', { exact: true })).toBeVisible()
  await second.getByRole('button', { name: /^Model:/ }).click()
  await expect.element(second.getByText(/see(s)? pictures/)).not.toBeInTheDocument()
  await second.getByRole('menuitemradio', { name: /^Blind/ }).click()
  onTestFinished(() => chooseModel('auto'))
  await expect
    .element(second.getByText('Blind does not see pictures: it gets the words that can be read in them. Choose another model for that.'))
    .toBeVisible()
})
