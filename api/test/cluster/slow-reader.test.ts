import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { ServerFrame } from '@jarvis/contracts/socket.ts'
import { test } from 'vitest'
import { WebSocket } from 'ws'
import { startProgram } from '../engines/program.ts'
import { startCluster, startModel, until, untilAnswered } from './cluster.ts'
import { closeCodeOf, follow, overSocket } from './follower.ts'
import { seeded } from './story.ts'

const runs = 8
const text = 'A slow reader must cost nobody anything. '.repeat(75_000)
const readers = 30
/** The server's patience of 20 s, and half of that for a busy machine. It takes another 30 s before it closes without a code. */
const slowMs = 30_000

test.concurrent('a reader that stops reading is paused, then closed with 1013, costs the process no memory, and can resume', async ({ expect }) => {
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
  // Kept in memory it would be more than all of it, and read for nobody once a reader is given up, more than half.
  expect(highest - before).toBeLessThan(unread / 2)

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

test.concurrent('an event stream whose reader stops reading is cut off, and goes on from its last event', async ({ expect }) => {
  // Three bytes a character: more than the kernel keeps to send.
  const text = '遅い読者は誰にも迷惑をかけない。'.repeat(200_000)
  await using model = await startModel(({ path }) => (path.endsWith('completions') ? { text, chunkSize: 64_000 } : { text: '' }))
  await using cluster = await startCluster({ modelUrl: model.url, replicas: [{}] })
  const [url] = cluster.urls as [string]
  const person = await cluster.signUp()
  const conversation = await person.on(url).newConversation()
  const { body } = await person.on(url).post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Tell me' })
  const path = `/api/v1/runs/${body.runId}/events`
  const headers = { authorization: `Bearer ${person.token}` }
  const openStreams = async () => Number(/^jarvis_open_streams (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1])

  const slow = slowStream(url, path, headers)
  await until(async () => (await openStreams()) === 1)
  await until(async () => (await openStreams()) === 0)
  const cut = await slow.read()
  const whole = cut.slice(0, cut.lastIndexOf('\n\n') + 2)
  expect(whole.includes('RUN_FINISHED')).toBe(false)
  const lastId = Array.from(whole.matchAll(/^id: (\d+)$/gm)).at(-1)![1]!
  const rest = await (await fetch(url + path, { headers: { ...headers, 'last-event-id': lastId } })).text()
  const deltas = Array.from((whole + rest).matchAll(/"delta":"([^"]*)"/g), ([, delta]) => delta)
  expect(deltas.join('') === text).toBe(true)
})

/** Asks for an event stream and reads nothing until it is told to. Perl, because only a receive buffer of a fixed size keeps the kernel from reading for it. */
function slowStream(url: string, path: string, headers: Record<string, string>) {
  const request = [`GET ${path} HTTP/1.0`, 'host: localhost', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join(
    '\r\n',
  )
  const program = `
    use Socket;
    socket(my $socket, PF_INET, SOCK_STREAM, 0) or die;
    setsockopt($socket, SOL_SOCKET, SO_RCVBUF, 16384) or die;
    connect($socket, sockaddr_in(${new URL(url).port}, inet_aton('127.0.0.1'))) or die;
    syswrite($socket, $ARGV[0]);
    readline(STDIN);
    while (sysread($socket, my $bytes, 65536)) { syswrite(STDOUT, $bytes) }`
  const child = startProgram('perl', ['-e', program, request], { stdin: 'pipe' })
  return {
    async read(): Promise<string> {
      child.stdin.end('go\n')
      return Buffer.concat(await child.stdout.toArray()).toString()
    },
  }
}

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
