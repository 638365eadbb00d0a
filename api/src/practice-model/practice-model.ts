import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Answer, sendAnswer, streamAnswer } from './completion.ts'
import { embeddingsAnswer } from './embeddings.ts'
import { ApiError, readJson, type RunningServer, sendJson, serve } from './http.ts'
import { readMessages } from './messages.ts'
import { replyTo } from './reply.ts'

export type PracticeModelOptions = {
  port?: number
  host?: string
  /** Words a second; Infinity streams without a pause. */
  tokensPerSecond?: number
  /** When set, any other bearer token answers 401. */
  apiKey?: string
}

const models = ['practice-mini', 'practice'].map((id) => ({ id, object: 'model', created: 1_750_000_000, owned_by: 'jarvis' }))

/**
 * The practice model: a program that speaks OpenAI's protocol and follows fixed rules, so that Jarvis can be tried, tested and
 * demonstrated without a key. The same question always gets the same answer, and it always says what it is.
 */
export async function startPracticeModel(options: PracticeModelOptions = {}): Promise<RunningServer> {
  const { port, host, tokensPerSecond = 60, apiKey } = options

  return serve(
    async (request, response, path) => {
      if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`) {
        throw new ApiError(401, 'Incorrect API key provided.', 'invalid_api_key')
      }
      const route = `${request.method} ${path}`
      if (route === 'POST /v1/chat/completions') return complete(request, response, tokensPerSecond)
      if (route === 'POST /v1/embeddings') return sendJson(response, 200, embeddingsAnswer(await readJson(request)))
      if (route === 'GET /v1/models') return sendJson(response, 200, { object: 'list', data: models })
      throw new ApiError(404, `Unknown request URL: ${route}.`, 'unknown_url')
    },
    port,
    host,
  )
}

async function complete(request: IncomingMessage, response: ServerResponse, tokensPerSecond: number): Promise<void> {
  const body = await readJson(request)
  const answer = answerTo(body)
  if (body.stream !== true) return sendAnswer(response, answer)
  const { include_usage: includeUsage = false } = (body.stream_options ?? {}) as { include_usage?: boolean }
  await streamAnswer(response, answer, { tokensPerSecond, includeUsage })
}

function answerTo(body: Record<string, unknown>): Answer {
  if (typeof body.model !== 'string' || body.model === '') throw new ApiError(400, 'you must provide a model parameter')
  const messages = readMessages(body.messages)
  const tools = body.tools === undefined ? [] : body.tools
  if (!Array.isArray(tools)) throw new ApiError(400, "'tools' must be an array.", null, 'tools')
  const offered = body.tool_choice === 'none' ? [] : tools.map((tool: { function?: { name?: unknown } }) => String(tool?.function?.name))
  const reply = replyTo(messages, offered)
  const promptTokens = Math.ceil(
    (messages.reduce((sum, { text }) => sum + text.length, 0) + (tools.length > 0 ? JSON.stringify(tools).length : 0)) / 4,
  )

  if ('toolCall' in reply) return { model: body.model, text: '', toolCall: reply.toolCall, finishReason: 'tool_calls', promptTokens }
  const tokensMax = body.max_completion_tokens ?? body.max_tokens
  const charactersMax = typeof tokensMax === 'number' && tokensMax > 0 ? tokensMax * 4 : Infinity
  const cut = reply.text.length > charactersMax
  return { model: body.model, text: cut ? reply.text.slice(0, charactersMax) : reply.text, finishReason: cut ? 'length' : 'stop', promptTokens }
}
