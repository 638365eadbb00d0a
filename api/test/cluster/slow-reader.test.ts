import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { ServerFrame } from '@jarvis/contracts/socket.ts'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startCluster, startModel, untilAnswered } from './cluster.ts'
import { closeCodeOf, follow, overSocket } from './follower.ts'
import { seeded } from './story.ts'

const runs = 4
const text = 'A slow reader must cost nobody anything. '.repeat(75_000)
const readers = 30
/** The server's patience, and a little. */
const slowMs = 22_000

test('a reader that stops reading is paused, then closed with 1013, costs the process no memory, and can resume', { timeout: 120_000 }, async () => {
  await using model = await startModel(({ path }) =>
    path.endsWith('completions') ? { text, chunkSize: 4000, delayMs: 1, usage: { prompt_tokens: 10, completion_tokens: 10 } } : { text: '' },
  )
  await using cluster = await startCluster({ modelUrl: model.url, replicas: [{ JARVIS_ROLES: 'api' }, { JARVIS_ROLES: 'worker' }] })
  const [url] = cluster.urls as [string]
  const person = await cluster.signUp()
  const runIds: string[] = []
  for (let index = 0; index < runs; index++) {
    const conversation = await person.on(url).newConversation()
    const message = { messageId: crypto.randomUUID(), content: 'Tell me much' }
    const { body } = await untilAnswered(() => person.on(url).post(`/api/v1/conversations/${conversation}/messages`, message))
    runIds.push(body.runId)
  }
  const following = { urls: [url], token: person.token, connect: overSocket }
  for (const runId of runIds) expect((await follow({ ...following, runId, random: seeded(1) })).answer.content).toBe(text)

  const replica = cluster.replicas[0]!
  const before = residentBytes(replica.pid())
  let highest = before
  const watch = setInterval(() => (highest = Math.max(highest, residentBytes(replica.pid()))), 100)
  const slow = Array.from({ length: readers }, () => slowReader(url, person.token, runIds))
  // Meanwhile another reader of the same process is served as ever.
  expect((await follow({ ...following, runId: runIds[1]!, random: seeded(2) })).answer.content).toBe(text)
  await wait(slowMs)
  clearInterval(watch)
  for (const { resume } of slow) resume()
  expect(new Set(await Promise.all(slow.map(({ closed }) => closed)))).toEqual(new Set([1013]))
  const unread = readers * runs * text.length
  process.stderr.write(`  ${Math.round(unread / 2 ** 20)} MiB unread, ${Math.round((highest - before) / 2 ** 20)} MiB more at most\n`)
  // Kept in memory it would be more than this, with what its sending leaves behind.
  expect(highest - before).toBeLessThan(unread)

  let lastSeq = slow[0]!.lastSeq()
  expect(lastSeq).toBeGreaterThan(0)
  const rest: string[] = []
  for await (const { seq, event } of overSocket({ url, token: person.token, runId: runIds[0]!, after: lastSeq })) {
    expect(seq).toBe(++lastSeq)
    rest.push(event.type)
    if (event.type === 'RUN_FINISHED') break
  }
  expect(rest.at(-1)).toBe('RUN_FINISHED')
})

test('an event stream whose reader stops reading is cut off, and goes on from its last event', { timeout: 120_000 }, async () => {
  // Three bytes a character: more than the kernel keeps for a connection.
  const text = '遅い読者は誰にも迷惑をかけない。'.repeat(200_000)
  await using model = await startModel(({ path }) => (path.endsWith('completions') ? { text, chunkSize: 64_000 } : { text: '' }))
  await using cluster = await startCluster({ modelUrl: model.url, replicas: [{}] })
  const [url] = cluster.urls as [string]
  const person = await cluster.signUp()
  const conversation = await person.on(url).newConversation()
  const { body } = await person.on(url).post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Tell me' })
  const events = (after: string) =>
    fetch(`${url}/api/v1/runs/${body.runId}/events`, { headers: { authorization: `Bearer ${person.token}`, 'last-event-id': after } })

  const stream = await events('0')
  await wait(slowMs)
  let seen = ''
  const read = async (response: Response) => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) seen += chunk
  }
  await expect(read(stream)).rejects.toThrow('terminated')
  seen = seen.slice(0, seen.lastIndexOf('\n\n') + 2)
  expect(seen.includes('RUN_FINISHED')).toBe(false)
  await read(
    await events(
      seen
        .matchAll(/^id: (\d+)$/gm)
        .toArray()
        .at(-1)![1]!,
    ),
  )
  const deltas = seen.matchAll(/"delta":"([^"]*)"/g).map(([, delta]) => delta)
  expect([...deltas].join('') === text).toBe(true)
})

/** Follows all runs on one socket, and reads nothing until it is told to. */
function slowReader(url: string, token: string, runIds: string[]) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws`, ['jarvis.v1'])
  let lastSeq = 0
  socket.on('message', (data) => {
    const frame = JSON.parse((data as Buffer).toString()) as ServerFrame
    if (frame.type === 'event' && frame.runId === runIds[0]) lastSeq = frame.seq
  })
  socket.on('open', () => {
    socket.send(JSON.stringify({ type: 'hello', token }))
    for (const runId of runIds) socket.send(JSON.stringify({ type: 'subscribe', runId, after: 0 }))
    socket.pause()
  })
  return { closed: closeCodeOf(socket), resume: () => socket.resume(), lastSeq: () => lastSeq }
}

const residentBytes = (pid: number) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024
