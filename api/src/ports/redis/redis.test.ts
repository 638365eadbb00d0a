import { expect, test } from 'vitest'
import { startRedis } from '#test/engines/redis.ts'
import { startSilentProxy } from '#test/engines/silent-proxy.ts'
import { checkRedis, openRedis } from './index.ts'

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

test.each([
  ['a replica', ['REPLICAOF', '127.0.0.1', '1']],
  ['out of memory', ['CONFIG', 'SET', 'maxmemory', '1']],
])('a Redis that is %s answers, and is unavailable all the same', async (_state, [command, ...args]) => {
  await using server = await startRedis()
  await using redis = await openRedis(server.url)
  await checkRedis(redis)
  await redis.call(command!, ...args)
  expect(await redis.ping()).toBe('PONG')
  await expect(redis.set('key', 'value')).rejects.toMatchObject({ code: 'unavailable' })
  await expect(redis.eval(`return redis.call('SET', KEYS[1], 1)`, 1, 'key')).rejects.toMatchObject({ code: 'unavailable' })
  await expect(checkRedis(redis)).rejects.toMatchObject({ code: 'unavailable' })
})

test('on a path that swallows packets every command fails, and they pass again when it is whole', async () => {
  await using server = await startRedis()
  await using proxy = await startSilentProxy({ port: server.port, host: '127.0.0.1' })
  await using redis = await openRedis(`redis://127.0.0.1:${proxy.port}`)
  for (const lose of [proxy.halfOpen, proxy.swallow]) {
    lose()
    await expect(redis.ping()).rejects.toMatchObject({ code: 'unavailable' })
    if (lose === proxy.swallow) proxy.heal()
    await expect.poll(() => redis.ping().catch(() => 'away')).toBe('PONG')
  }
})
