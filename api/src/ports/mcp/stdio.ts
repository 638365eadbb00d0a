import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { createAnswerIdReader } from './answer-id.ts'

/** What stands in for an answer that is too long, as an error of the protocol's. */
export const tooLongCode = -32_099
export const unreadableCode = -32_098

export type StdioServer = { command: string; args: readonly string[]; env: Record<string, string> }
export type StdioOptions = { messageBytesMax: number; parse(json: unknown): JSONRPCMessage }

const newline = 0x0a
/** A server that asks, and does not read what it is told, would be answered from our memory. */
const unreadBytesMax = 64 * 1024 * 1024
/** How long a server has to end by itself, and then at the signal to. */
const endMs = 2000

/**
 * A server as our child, one message a line. The SDK's own transport ends the server at a message that is too long, with everybody's calls;
 * here it is passed over, and its caller gets an error. So is an answer that cannot be read: nobody waits for it until their time is over.
 */
export function createStdioTransport({ command, args, env }: StdioServer, { messageBytesMax, parse }: StdioOptions): Transport {
  const stop = new AbortController()
  let child: ReturnType<typeof spawn> | undefined

  const transport: Transport = {
    async start() {
      child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'ignore'] })
      const started = child
      started.on('error', (error) => transport.onerror?.(error))
      started.on('close', () => transport.onclose?.())
      started.stdin!.on('error', (error) => transport.onerror?.(error))
      started.stdout!.on('error', (error) => transport.onerror?.(error))
      started.stdout!.on('data', createLines({ bytesMax: messageBytesMax, onLine, onLong: (id) => answerFor(id, tooLongCode) }))
      await once(started, 'spawn', { signal: stop.signal })
    },
    async send(message) {
      if (!child?.stdin?.writable) throw new Error('The server is gone.')
      const isTaken = child.stdin.write(`${JSON.stringify(message)}\n`)
      if (child.stdin.writableLength > unreadBytesMax) child.kill('SIGKILL')
      if (!isTaken) await once(child.stdin, 'drain', { signal: stop.signal })
    },
    async close() {
      stop.abort(new Error('closed'))
      if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      const closed = once(child, 'close')
      child.stdin!.end()
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        await Promise.race([closed, wait(endMs, undefined, { ref: false })])
        if (child.exitCode !== null || child.signalCode !== null) return
        child.kill(signal)
      }
    },
  }

  function onLine(line: Buffer) {
    let message: JSONRPCMessage
    try {
      message = parse(JSON.parse(line.toString('utf8')))
    } catch (error) {
      const reader = createAnswerIdReader()
      reader.read(line)
      answerFor(reader.id(), unreadableCode)
      transport.onerror?.(error as Error)
      return
    }
    transport.onmessage?.(message)
  }

  function answerFor(id: number | undefined, code: number) {
    if (id === undefined) transport.onerror?.(new Error('A message of the server is too long, or cannot be read, and answers nothing.'))
    else transport.onmessage?.({ jsonrpc: '2.0', id, error: { code, message: 'The answer is too long, or cannot be read.' } })
  }

  return transport
}

type LineOptions = { bytesMax: number; onLine(line: Buffer): void; onLong(id: number | undefined): void }

/** Cuts what comes into lines. Of a line over the limit only the id that it answers is kept. */
function createLines({ bytesMax, onLine, onLong }: LineOptions) {
  let parts: Buffer[] = []
  let bytes = 0
  let long: ReturnType<typeof createAnswerIdReader> | undefined

  function take(part: Buffer) {
    bytes += part.length
    if (!long && bytes <= bytesMax) return void parts.push(part)
    if (!long) {
      long = createAnswerIdReader()
      for (const earlier of parts) long.read(earlier)
      parts = []
    }
    long.read(part)
  }
  function end() {
    const [line, reader] = [Buffer.concat(parts), long]
    parts = []
    bytes = 0
    long = undefined
    if (reader) onLong(reader.id())
    else if (line.length > 0) onLine(line)
  }
  return (chunk: Buffer) => {
    let from = 0
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      take(chunk.subarray(from, at))
      end()
      from = at + 1
    }
    if (from < chunk.length) take(chunk.subarray(from))
  }
}
