import type { CallToolRequest, ListToolsRequest, CallToolResult, Tool as McpTool } from '@modelcontextprotocol/sdk/types.js'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type Agent, hashOfArgs } from '#features/agent/index.ts'
import type { MemoryStore } from '#features/memory/index.ts'
import { originOf, signedIn } from '#http/caller.ts'
import type { RouteDescription } from '#http/openapi.ts'
import { AppError } from '#lib/app-error.ts'
import { badCursor } from '#lib/cursor.ts'
import type { RecordAlone } from '#lib/audit-event.ts'
import type { Caller } from '#lib/caller.ts'
import type { Access } from '#lib/principal.ts'
import { toAppError } from '#lib/to-app-error.ts'
import { memoryTools } from './memory-tools.ts'

export type McpDeps = {
  agent: Pick<Agent, 'loneTools' | 'callAlone'>
  memory: Pick<MemoryStore, 'list' | 'create'>
  /** Whether a text may be remembered although nobody knows where the client has it from. */
  isHarmless(text: string): boolean
  /** Spends one request of the plan. @throws rate_limited */
  admit(caller: Caller, reply: FastifyReply): Promise<void>
  audit: RecordAlone
  version: string
}

/** Loaded with the first request: the start does not wait for it. */
const loadSdk = async () => ({
  ...(await import('@modelcontextprotocol/sdk/server/index.js')),
  ...(await import('@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js')),
  ...(await import('@modelcontextprotocol/sdk/types.js')),
})

const message: NonNullable<RouteDescription['body']>['schema'] = {
  type: 'object',
  properties: { jsonrpc: { const: '2.0' }, id: { type: ['string', 'integer'] } },
  required: ['jsonrpc'],
  additionalProperties: true,
}
const describes: RouteDescription = {
  isLimited: true,
  body: {
    description: 'One message of the protocol.',
    mediaType: 'application/json',
    schema: message,
    example: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
  },
  answer: {
    description: 'The answer to it.',
    content: [{ mediaType: 'application/json', schema: message, example: { jsonrpc: '2.0', id: 1, result: { tools: [] } } }],
  },
}

/** JSON-RPC 2.0. */
const internalError = -32_603
const invalidParams = -32_602

const Asked = z.object({ jsonrpc: z.literal('2.0'), id: z.union([z.string(), z.number()]), method: z.string() })

type Call = { name: string; args: Record<string, unknown> }
type Outcome = { content: string; outcome: 'ok' | 'failed' | 'refused' }

/**
 * `POST /mcp`: Jarvis's tools and memory over the Model Context Protocol, for API keys. Stateless: each request is a server of its own, and
 * spends one request of the plan. What would ask a person is refused with a sentence, since a client's model is not the person.
 */
export function mcpRoutes(deps: McpDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/mcp',
      {
        config: { who: ['key:tools'], describes },
        schema: {
          tags: ['mcp'],
          operationId: 'mcp',
          summary: 'Model Context Protocol',
          description: 'Model Context Protocol over streamable HTTP, stateless. Send an API key as bearer token.',
        },
      },
      async (request, reply) => {
        const caller = signedIn(request)
        // One request of the protocol is one of the plan.
        if (Array.isArray(request.body)) throw new AppError('invalid_request', 'Send one message at a time, not an array.')
        await deps.admit(caller, reply)
        return await answer(deps, caller, request, reply)
      },
    )
    for (const method of ['GET', 'DELETE'] as const) {
      app.route({
        method,
        url: '/mcp',
        config: { who: ['anyone'] },
        schema: { hide: true },
        handler: async (_request, reply) =>
          reply
            .code(405)
            .header('allow', 'POST')
            .send({ jsonrpc: '2.0', error: { code: -32_000, message: 'Method not allowed.' }, id: null }),
      })
    }
  }
}

async function answer(deps: McpDeps, caller: Access, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { CallToolRequestSchema, ClientRequestSchema, ListToolsRequestSchema, McpError, Server, WebStandardStreamableHTTPServerTransport } =
    await loadSdk()
  const asking = Asked.safeParse(request.body).data
  if (asking) {
    const schema = ClientRequestSchema.options.find(({ shape }) => shape.method.value === asking.method)
    // The SDK would answer with what its own check of them throws.
    if (schema && !schema.safeParse(request.body).success) {
      const data = { code: 'invalid_request', requestId: request.id }
      return reply.send({ jsonrpc: '2.0', id: asking.id, error: { code: invalidParams, message: `The params do not fit ${asking.method}.`, data } })
    }
  }
  const server = new Server({ name: 'jarvis', version: deps.version }, { capabilities: { tools: {} } })
  const mayRemember = caller.via.kind === 'key' && caller.via.scopes.includes('memory')
  const own = mayRemember ? memoryTools(deps, caller.userId) : []

  /** The protocol's own error would carry whatever a driver says. */
  const throughDoor =
    <Asked extends unknown[], Result>(handle: (...asked: Asked) => Promise<Result>) =>
    async (...asked: Asked): Promise<Result> => {
      try {
        return await handle(...asked)
      } catch (thrown) {
        const error = toAppError(thrown)
        const isRefused = error.code === 'invalid_request'
        if (!isRefused) request.log.error({ err: error.code === 'internal' ? error.cause : error }, 'request failed')
        throw new McpError(isRefused ? invalidParams : internalError, error.message, { code: error.code, requestId: request.id })
      }
    }

  const list = throughDoor(async ({ params }: ListToolsRequest) => {
    // The list is whole, so that there is no cursor of it.
    if (params?.cursor !== undefined) throw badCursor()
    const lone = await deps.agent.loneTools(caller)
    return {
      tools: [
        ...lone.map(({ name, title, description, args }) => listed(name, title, description, args)),
        ...own.map(({ name, title, description, args }) => listed(name, title, description, args)),
      ],
    }
  })
  const callTool = throughDoor(async ({ params: { name } }: CallToolRequest, signal: AbortSignal): Promise<CallToolResult> => {
    // As they came: the SDK's own reading leaves a field out that is named `__proto__`.
    const { arguments: args = {} } = (request.body as CallToolRequest).params
    const { address, requestId } = originOf(request)
    const event = { actorId: caller.userId, target: name.slice(0, 100), address, requestId }
    const called = { apiKeyId: caller.apiKey!.id, argsHash: hashOfArgs(name, JSON.stringify(args)) }
    // It stands before the tool acts: what cannot be audited is not done.
    await deps.audit({ action: 'mcp.started', ...event, details: called })
    const since = performance.now()
    const { content, outcome } = await call({ name, args }, signal)
    const durationMs = Math.round(performance.now() - since)
    await deps.audit({ action: 'mcp.called', ...event, details: { ...called, outcome, durationMs } })
    return { content: [{ type: 'text', text: content }], isError: outcome !== 'ok' }
  })

  server.setRequestHandler(ListToolsRequestSchema, list)
  server.setRequestHandler(CallToolRequestSchema, async (called, { signal }) => await callTool(called, signal))

  async function call({ name, args }: Call, signal: AbortSignal): Promise<Outcome> {
    const mine = own.find((tool) => tool.name === name)
    if (!mine) return await deps.agent.callAlone(caller, { id: request.id, name, args }, signal)
    try {
      return { content: await mine.run(args), outcome: 'ok' }
    } catch (error) {
      if (error instanceof AppError) return { content: error.message, outcome: error.code === 'invalid_request' ? 'refused' : 'failed' }
      request.log.error({ err: error, tool: name }, 'tool failed')
      return { content: `${name} failed.`, outcome: 'failed' }
    }
  }

  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
  // A client that leaves takes the call along.
  reply.raw.once('close', () => void server.close())
  const ended = Promise.withResolvers<never>()
  ended.promise.catch(() => undefined)
  const letGo = request.holdAccess((why) => {
    ended.reject(why)
    void server.close()
  })
  reply.raw.once('close', letGo)
  await server.connect(transport)
  const asked = new Request(new URL(request.url, 'http://localhost'), { method: 'POST', headers: protocolHeaders(request) })
  const answered = await Promise.race([transport.handleRequest(asked, { parsedBody: request.body }), ended.promise])
  return reply
    .code(answered.status)
    .headers(Object.fromEntries(answered.headers))
    .send(await answered.text())
}

const listed = (name: string, title: string, description: string, args: z.ZodType): McpTool => ({
  name,
  title,
  description,
  inputSchema: z.toJSONSchema(args, { io: 'input' }) as McpTool['inputSchema'],
})

/** What the protocol reads of the request; the body has been read by ours. */
function protocolHeaders({ headers }: FastifyRequest): Record<string, string> {
  const names = ['accept', 'content-type', 'mcp-protocol-version']
  return Object.fromEntries(names.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])))
}
