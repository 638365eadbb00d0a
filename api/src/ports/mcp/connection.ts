import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { jsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/types.js'
import { AppError } from '#lib/app-error.ts'
import type { Log } from '#lib/log.ts'
import type { Egress } from '#ports/egress/index.ts'
import type { McpConnection, McpListing, McpServer } from './index.ts'
import { readOutput, readPage } from './read-answers.ts'
import { createStdioTransport, tooLongCode, unreadableCode } from './stdio.ts'

export type ConnectOptions = {
  egress: Egress
  log: Log
  /** The server's tools, when it is first reached and whenever it is asked again. */
  onTools(listing: McpListing): Promise<void>
}

const connectMs = 10_000
const callMsMax = 600_000
const answerBytesMax = 4 * 1024 * 1024
const toolsMax = 200
/** With a tool on each there are no more; a page may have none, and name the next for ever. */
const pagesMax = toolsMax
/** How often a server is asked for its tools: the only way to hear of changes that every server has. */
const askAgainMs = 60_000
const backoffMs = { first: 500, max: 60_000 }

/** Loaded with the first server: who has none does not wait for the SDK. */
const loadSdk = async () => ({
  ...(await import('@modelcontextprotocol/sdk/client/index.js')),
  ...(await import('@modelcontextprotocol/sdk/client/stdio.js')),
  ...(await import('@modelcontextprotocol/sdk/client/streamableHttp.js')),
  ...(await import('@modelcontextprotocol/sdk/types.js')),
})
/** A server's schema may hold expressions that take for ever; what it answers is text to us, whatever it promised. */
const anything: jsonSchemaValidator = { getValidator: () => (value) => ({ valid: true, data: value as never, errorMessage: undefined }) }

type Sdk = Awaited<ReturnType<typeof loadSdk>>

export function connectMcp(server: McpServer, { egress, log, onTools }: ConnectOptions): McpConnection {
  const closing = new AbortController()
  const tried = Promise.withResolvers<void>()
  let connected: Connected | undefined
  let saidLeftOut = '[]'

  async function tellTools(sdk: Sdk, client: Client): Promise<void> {
    const listing = await listTools(sdk, client, server, log)
    const leftOut = JSON.stringify(listing.leftOut)
    if (leftOut !== saidLeftOut && listing.leftOut.length > 0) {
      log.warn({ server: server.name, leftOut: listing.leftOut }, 'MCP tools are left out: see "jarvis mcp list"')
    }
    saidLeftOut = leftOut
    await onTools(listing)
  }

  /** Until the server is gone. @throws when it cannot be reached */
  async function serve(sdk: Sdk, onReached: () => void, onListed: () => void): Promise<void> {
    const client = new sdk.Client({ name: 'jarvis', version: '1' }, { capabilities: {}, jsonSchemaValidator: anything })
    const lost = new AbortController()
    const mine: Connected = { client, calls: new Set(), lose: () => lost.abort() }
    const gone = AbortSignal.any([lost.signal, closing.signal])
    Object.assign(client, {
      onclose: mine.lose,
      onerror: (error: Error) => log.debug({ err: error, server: server.name }, 'mcp'),
    })
    try {
      await client.connect(transportOf(sdk, server, egress), { timeout: connectMs, signal: closing.signal })
      onReached()
      const changed = watchChanges(sdk, client)
      await tellTools(sdk, client)
      connected = mine
      onListed()
      while (!gone.aborted) {
        await Promise.race([wait(askAgainMs, undefined, { signal: gone, ref: false }), changed.next()])
        try {
          await tellTools(sdk, client)
        } catch (error) {
          // Calls are under way: that a list cannot be read is no reason to end them.
          if (isLost(sdk, error)) throw error
          log.warn({ err: error, server: server.name }, 'MCP server does not list its tools: those of before stay')
        }
      }
    } catch (error) {
      if (!gone.aborted) throw error
    } finally {
      if (connected === mine) connected = undefined
      // A server that forgot us, or was replaced, may still be at what others asked of it.
      const idle = server.transport === 'http' && !closing.signal.aborted ? Promise.allSettled(mine.calls) : Promise.resolve()
      const closed = Promise.race([idle, once(closing.signal)]).then(() => client.close().catch(() => undefined))
      if (server.transport === 'stdio') await closed
    }
  }

  const ended = (async () => {
    const sdk = await loadSdk()
    let waitMs = backoffMs.first
    while (!closing.signal.aborted) {
      let fault = 'MCP server is not reachable'
      const onReached = () => void (fault = 'MCP server does not list its tools')
      const onListed = () => {
        fault = 'MCP server is gone'
        waitMs = backoffMs.first
        tried.resolve()
      }
      try {
        await serve(sdk, onReached, onListed)
      } catch (error) {
        log.warn({ err: error, server: server.name }, fault)
      }
      tried.resolve()
      await wait(waitMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined)
      waitMs = Math.min(waitMs * 2, backoffMs.max)
    }
  })()

  return {
    tried: tried.promise,
    async call(tool, args, signal) {
      const current = connected
      if (!current) throw new AppError('unavailable', `The MCP server "${server.name}" is not reachable right now.`)
      const { client, calls } = current
      const { ResultSchema } = await loadSdk()
      const options = { signal, timeout: callMsMax, maxTotalTimeout: callMsMax }
      const call = client.request({ method: 'tools/call', params: { name: tool, arguments: args } }, ResultSchema, options)
      calls.add(call)
      try {
        return readOutput(await call)
      } catch (error) {
        signal.throwIfAborted()
        const sdk = await loadSdk()
        if (isLost(sdk, error)) current.lose()
        const failure = failureOf(sdk, server, error)
        // The server's own refusal; its words are for the model.
        if (!failure) return { text: (error as Error).message, failed: true }
        throw failure
      } finally {
        calls.delete(call)
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      await connected?.client.close().catch(() => undefined)
      await ended
    },
  }
}

/** One connection, with the calls that are under way on it. */
type Connected = { client: Client; calls: Set<Promise<unknown>>; lose(): void }

const once = (signal: AbortSignal) =>
  new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))

/** Whether the connection is of no more use, to anybody. Any other failure is that of one call. */
function isLost(sdk: Sdk, error: unknown): boolean {
  if (error instanceof sdk.McpError) return error.code === codesOf(sdk).closed
  return error instanceof sdk.StreamableHTTPError && error.code !== undefined && sessionGone.includes(error.code)
}

const codesOf = ({ ErrorCode }: Sdk): { closed: number; timedOut: number } => ({
  closed: ErrorCode.ConnectionClosed,
  timedOut: ErrorCode.RequestTimeout,
})

/** How servers say that they know no such session (any more). */
const sessionGone = [400, 404]

/** Null where the server answered with a refusal of its own. */
function failureOf(sdk: Sdk, { name }: McpServer, error: unknown): AppError | null {
  if (error instanceof AppError) return error
  if (error instanceof sdk.McpError) {
    const { code } = error
    const { closed, timedOut } = codesOf(sdk)
    if (code === tooLongCode) return new AppError('payload_too_large', `The answer of the MCP server "${name}" is over ${answerBytesMax} bytes.`)
    if (code === timedOut) return new AppError('upstream_timeout', `The MCP server "${name}" did not answer in time.`, { cause: error })
    if (code !== closed && code !== unreadableCode) return null
  }
  return new AppError('upstream_failed', `The MCP server "${name}" failed.`, { cause: error })
}

function transportOf(sdk: Sdk, server: McpServer, egress: Egress): Transport {
  if (server.transport === 'stdio') {
    const env = { ...sdk.getDefaultEnvironment(), ...server.env }
    const parse = (json: unknown) => sdk.JSONRPCMessageSchema.parse(json)
    return createStdioTransport({ ...server, env }, { messageBytesMax: answerBytesMax, parse })
  }
  return new sdk.StreamableHTTPClientTransport(new URL(server.url), {
    requestInit: { headers: server.headers },
    fetch: (url, init) => viaEgress(egress, String(url), init),
  })
}

/** The SDK's way out, through ours: whole answers, bounded. The stream for a server's own requests is refused, as a server may refuse it. */
async function viaEgress(egress: Egress, url: string, init: RequestInit = {}): Promise<Response> {
  if (init.method === 'GET') return new Response(null, { status: 405 })
  const { status, headers, body } = await egress.fetch(url, {
    method: init.method ?? 'POST',
    headers: Object.fromEntries(new Headers(init.headers)),
    ...(typeof init.body === 'string' && { body: init.body }),
    ...(init.signal && { signal: init.signal }),
    timeoutMs: callMsMax,
    bytesMax: answerBytesMax,
  })
  return new Response([204, 205, 304].includes(status) ? null : new Uint8Array(body), { status, headers })
}

/** Resolves `next` at each notice that the tools changed. */
function watchChanges(sdk: Sdk, client: Client) {
  let notice = Promise.withResolvers<void>()
  client.setNotificationHandler(sdk.ToolListChangedNotificationSchema, () => {
    notice.resolve()
    notice = Promise.withResolvers()
  })
  return { next: () => notice.promise }
}

/** Each tool is read alone, here: the SDK refuses a whole page for one that it does not like. */
async function listTools({ ResultSchema }: Sdk, client: Client, { name: server }: McpServer, log: Log): Promise<McpListing> {
  const [tools, leftOut]: [McpListing['tools'], McpListing['leftOut']] = [[], []]
  let cursor: string | undefined
  let pages = 0
  do {
    const params = cursor === undefined ? {} : { cursor }
    const page = readPage(await client.request({ method: 'tools/list', params }, ResultSchema, { timeout: connectMs }), tools.length + leftOut.length)
    tools.push(...page.tools)
    leftOut.push(...page.leftOut)
    cursor = page.cursor
    pages++
  } while (cursor !== undefined && pages < pagesMax && tools.length + leftOut.length < toolsMax)
  if (cursor !== undefined || tools.length > toolsMax)
    log.warn({ server, toolsMax }, 'an MCP server has more tools than are read: the rest is left out')
  return { tools: tools.slice(0, toolsMax), leftOut: leftOut.slice(0, toolsMax) }
}
