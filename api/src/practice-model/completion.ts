import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { sendJson, startEvents } from './http.ts'

export type FinishReason = 'stop' | 'length' | 'tool_calls'
export type Answer = { model: string; text: string; toolCall?: { name: string; arguments: string }; finishReason: FinishReason; promptTokens: number }

const estimateTokens = (text: string) => Math.ceil(text.length / 4)

function usageOf({ text, toolCall, promptTokens }: Answer) {
  const completionTokens = estimateTokens(text + (toolCall ? toolCall.name + toolCall.arguments : ''))
  return { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: promptTokens + completionTokens }
}

const head = (answer: Answer, object: string) => ({
  id: `chatcmpl-${randomUUID()}`,
  object,
  created: Math.floor(Date.now() / 1000),
  model: answer.model,
  system_fingerprint: 'practice',
})

const callOf = ({ name, arguments: args }: { name: string; arguments: string }) => ({
  id: `call_${randomUUID().replaceAll('-', '')}`,
  type: 'function',
  function: { name, arguments: args },
})

export function sendAnswer(response: ServerResponse, answer: Answer): void {
  const message = {
    role: 'assistant',
    content: answer.text || null,
    refusal: null,
    ...(answer.toolCall && { tool_calls: [callOf(answer.toolCall)] }),
  }
  const choices = [{ index: 0, message, logprobs: null, finish_reason: answer.finishReason }]
  sendJson(response, 200, { ...head(answer, 'chat.completion'), choices, usage: usageOf(answer) })
}

/** Streams word by word in real time; a client that goes away ends it. */
export async function streamAnswer(
  response: ServerResponse,
  answer: Answer,
  options: { tokensPerSecond: number; includeUsage: boolean },
): Promise<void> {
  const events = startEvents(response)
  const common = head(answer, 'chat.completion.chunk')
  const usage = options.includeUsage ? { usage: null } : {}
  const chunk = (delta: object, finishReason: FinishReason | null = null) =>
    JSON.stringify({ ...common, choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }], ...usage })

  await events.write(chunk({ role: 'assistant', content: answer.toolCall ? null : '', refusal: null }))
  const startedAt = performance.now()
  for (const [index, delta] of deltasOf(answer).entries()) {
    const waitMs = startedAt + ((index + 1) * 1000) / options.tokensPerSecond - performance.now()
    if (waitMs >= 1) await sleep(waitMs, undefined, { signal: events.closed }).catch(() => {})
    if (events.closed.aborted) return
    await events.write(chunk(delta))
  }
  await events.write(chunk({}, answer.finishReason))
  if (options.includeUsage) await events.write(JSON.stringify({ ...common, choices: [], usage: usageOf(answer) }))
  await events.write('[DONE]')
  events.end()
}

function deltasOf({ text, toolCall }: Answer): object[] {
  const deltas: object[] = (text.match(/\S+\s*|\s+/gu) ?? []).map((content) => ({ content }))
  if (toolCall) {
    const fragments = toolCall.arguments.match(/[\s\S]{1,8}/gu) ?? []
    deltas.push({ tool_calls: [{ index: 0, ...callOf({ ...toolCall, arguments: '' }) }] })
    deltas.push(...fragments.map((fragment) => ({ tool_calls: [{ index: 0, function: { arguments: fragment } }] })))
  }
  return deltas
}
