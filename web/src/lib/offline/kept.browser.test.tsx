import { expect, onTestFinished, test, vi } from 'vitest'
import { queryClient } from '#lib/query.ts'
import { session } from '#lib/session.ts'
import { keepWhatIsRead } from './kept.ts'
import { readOne } from './store.ts'

const signIn = (id: string) => session.set({ status: 'signed-in', user: { id } as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })

test('what was shown last is written as the page goes, for it may not come back', async () => {
  const person = crypto.randomUUID()
  signIn(person)
  onTestFinished(() => session.set({ status: 'signed-out' }))
  keepWhatIsRead()
  // The time until all is quiet never ends.
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const read = async (id: string) => (await readOne(person, JSON.stringify(['messages', id])))?.json
  for (const [id, leave] of [
    ['closed', () => dispatchEvent(new PageTransitionEvent('pagehide'))],
    ['put away', () => document.dispatchEvent(new Event('visibilitychange'))],
  ] as const) {
    Object.defineProperty(document, 'hidden', { configurable: true, value: id === 'put away' })
    queryClient.setQueryData(['messages', id], { messages: ['half'] })
    queryClient.setQueryData(['messages', id], { messages: ['whole'] })
    leave()
    await expect.poll(() => read(id)).toBe('{"messages":["whole"]}')
  }
})
