import type { Message } from '@jarvis/contracts/chat.ts'
import { QueryObserver } from '@tanstack/react-query'
import { expect, onTestFinished, test } from 'vitest'
import { queryClient } from '#lib/query.ts'
import { session } from '#lib/session.ts'
import { serve } from '#lib/test-page.tsx'
import { messagesQuery } from './queries.ts'

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

test('each page is shown as it comes, the newest first; a refetch reads only what may have changed', async () => {
  session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
  const path = '/api/v1/conversations/long/messages'
  const replies = {
    [path]: { body: { items: span(300, 350), nextCursor: 'before_300' } },
    [`${path}?cursor=before_300&limit=200`]: { body: { items: span(100, 300), nextCursor: 'before_100' } },
    [`${path}?cursor=before_100&limit=200`]: { body: { items: span(0, 100), nextCursor: null } },
  }
  const requests = serve(replies)
  const shown: (number | undefined)[] = []
  const observer = new QueryObserver(queryClient, messagesQuery('long'))
  onTestFinished(observer.subscribe(({ data }) => void (shown.at(-1) === data?.length || shown.push(data?.length))))
  await expect.poll(() => observer.getCurrentResult().data?.length).toBe(350)
  expect(shown.filter(Boolean)).toEqual([50, 250, 350])
  expect(ids(observer.getCurrentResult().data)).toEqual(ids(span(0, 350)))

  requests.length = 0
  replies[path] = { body: { items: [...span(301, 350), message(350, 'waiting')], nextCursor: 'before_301' } }
  await observer.refetch()
  expect(ids(observer.getCurrentResult().data)).toEqual(ids(span(0, 351)))
  expect(requests).toHaveLength(1)

  Object.assign(replies, { [`${path}?cursor=before_301&limit=200`]: { body: { items: span(101, 301), nextCursor: 'before_101' } } })
  // One that waits on an older page may have been answered elsewhere.
  queryClient.setQueryData<Message[]>(messagesQuery('long').queryKey, (all) =>
    all?.map((each) => (each.id === 'm120' ? message(120, 'waiting') : each)),
  )
  await observer.refetch()
  expect(observer.getCurrentResult().data![120]).toMatchObject({ status: 'complete' })
  expect(observer.getCurrentResult().data).toHaveLength(351)
  expect(requests).toHaveLength(3)
})
