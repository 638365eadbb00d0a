import { expect, test } from 'vitest'
import { startRedis } from '#test/engines/redis.ts'
import { openRedis } from './index.ts'

test('opening fails when nobody answers', async () => {
  const server = await startRedis()
  await server.stop()
  await expect(openRedis(server.url)).rejects.toMatchObject({ code: 'unavailable' })
})

test('while Redis is away every command fails; when it is back they pass again', async () => {
  const server = await startRedis()
  await using redis = await openRedis(server.url)
  expect(await redis.ping()).toBe('PONG')
  await server.kill()
  const outcomes = await Promise.allSettled([redis.ping(), redis.set('key', 'value'), redis.get('key')])
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
  await using _back = await startRedis(server.port)
  await expect.poll(() => redis.ping().catch(() => 'away')).toBe('PONG')
})

test('a Redis that hangs is given up', async () => {
  await using server = await startRedis()
  await using redis = await openRedis(server.url)
  await using other = await openRedis(server.url)
  await other.call('CLIENT', 'PAUSE', '600000', 'ALL')
  await expect(redis.set('key', 'value')).rejects.toMatchObject({ code: 'unavailable' })
})

test('what Redis itself refuses is a bug and stays one', async () => {
  await using server = await startRedis()
  await using redis = await openRedis(server.url)
  await redis.set('key', 'value')
  await expect(redis.lpush('key', 'x')).rejects.toMatchObject({ name: 'ReplyError' })
})
