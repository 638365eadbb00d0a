import type { Message } from '@jarvis/contracts/chat.ts'
import { QueryObserver } from '@tanstack/react-query'
import { expect, onTestFinished, test } from 'vitest'
import { queryClient } from '#lib/query.ts'
import { session } from '#lib/session.ts'
import { serve } from '#lib/test-page.tsx'
import { changeMessages, loadOlder, messagesQuery } from './queries.ts'

const message = (index: number, status: Message['status'] = 'complete') =>
  ({
    id: `m${index}`,
    parentId: index ? `m${index - 1}` : null,
    role: 'user',
    status,
    runId: null,
    interrupts: [],
    content: '',
  }) as unknown as Message
const span = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => message(from + index))
const ids = (messages: readonly Message[] | undefined) => messages?.map(({ id }) => id)

test('the newest page comes first, the others when they are asked for; a refetch reads only what may have changed', async () => {
  session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
  const path = '/api/v1/conversations/long/messages'
  const replies = {
    [path]: { body: { items: span(300, 350), nextCursor: 'before_300' } },
    [`${path}?cursor=before_300&limit=100`]: { body: { items: span(200, 300), nextCursor: 'before_200' } },
    [`${path}?cursor=before_200&limit=100`]: { body: { items: span(100, 200), nextCursor: 'before_100' } },
  }
  const requests = serve(replies)
  const observer = new QueryObserver(queryClient, messagesQuery('long'))
  onTestFinished(observer.subscribe(() => undefined))
  const loaded = () => observer.getCurrentResult().data
  await expect.poll(() => loaded()?.messages.length).toBe(50)
  expect(requests).toHaveLength(1)
  await loadOlder('long')
  await loadOlder('long')
  expect(ids(loaded()?.messages)).toEqual(ids(span(100, 350)))
  expect(loaded()?.older).toBe('before_100')

  requests.length = 0
  replies[path] = { body: { items: [...span(301, 350), message(350, 'waiting')], nextCursor: 'before_301' } }
  await observer.refetch()
  expect(ids(loaded()?.messages)).toEqual(ids(span(100, 351)))
  expect(loaded()?.older).toBe('before_100')
  expect(requests).toHaveLength(1)

  Object.assign(replies, { [`${path}?cursor=before_301&limit=100`]: { body: { items: span(201, 301), nextCursor: 'before_201' } } })
  // One that waits on an older page may have been answered elsewhere.
  changeMessages('long', (all) => all.map((each) => (each.id === 'm220' ? message(220, 'waiting') : each)))
  await observer.refetch()
  expect(loaded()!.messages[120]).toMatchObject({ id: 'm220', status: 'complete' })
  expect(loaded()!.messages).toHaveLength(251)
  expect(requests).toHaveLength(3)

  // So much came meanwhile that what was here does not reach it.
  replies[path] = { body: { items: span(900, 950), nextCursor: 'before_900' } }
  await observer.refetch()
  expect(loaded()).toMatchObject({ older: 'before_900' })
  expect(loaded()!.messages).toHaveLength(50)
})
