import type { Draft } from './answer-draft.ts'
import { type Codec, type Decoder, list, object, string, tokens } from './codec.ts'
import type { Dialect, Effort, Finish, ModelMessage, ModelTool, Provider } from './index.ts'
import { ProviderError } from './provider-error.ts'
import { asTurns } from './turns.ts'
import { geminiWishes } from './wishes.ts'

type Part = Record<string, unknown>
type Content = { role: 'user' | 'model'; parts: Part[] }

/** Stands where a call of another model's, or of an edited past, has no signature (https://ai.google.dev/gemini-api/docs/thought-signatures). */
const noSignature = 'skip_thought_signature_validator'
const budgets: Record<Effort, number> = { low: 1024, medium: 4096, high: 16_384 }

/** Google's Gemini, natively. */
export function geminiCodec({ baseUrl, apiKey }: Provider, model: string, to: string): Codec {
  const root = /\/v1(?:beta|alpha)?$/.test(baseUrl) ? baseUrl : `${baseUrl}/v1beta`
  const signs = /gemini-(?:[3-9])/.test(model)
  return {
    url: `${root}/models/${encodeURIComponent(model.replace(/^models\//, ''))}:streamGenerateContent?alt=sse`,
    headers: apiKey === '' ? {} : { 'x-goog-api-key': apiKey },
    encode(request, dialect) {
      const { messages, tools, outputTokensMax, effort } = request
      const turns = asTurns(messages, { ...dialect, alternateRoles: true })
      const system = turns.flatMap((message) => (message.role === 'system' ? [message.text] : [])).join('\n\n')
      const offered = dialect.tools ? tools.slice(0, dialect.toolsMax) : []
      const wishes = geminiWishes(request, dialect)
      return JSON.stringify({
        ...(system !== '' && { systemInstruction: { parts: [{ text: system }] } }),
        contents: toContents(turns, { to: dialect.attached ? to : '', signs }),
        ...(offered.length > 0 && { tools: [{ functionDeclarations: offered.map(toDeclaration) }] }),
        ...wishes.beside,
        generationConfig: {
          ...wishes.config,
          ...(outputTokensMax !== undefined && dialect.maxTokens !== 'none' && { maxOutputTokens: outputTokensMax }),
          ...thinkingOf(effort, dialect, { signs, outputTokensMax }),
        },
      })
    },
    decoder,
  }
}

const toDeclaration = ({ name, description, parameters }: ModelTool) => ({ name, description, parametersJsonSchema: parameters })

function thinkingOf(
  effort: Effort | undefined,
  { reasoning }: Dialect,
  { signs, outputTokensMax = Infinity }: { signs: boolean; outputTokensMax?: number | undefined },
) {
  if (!reasoning) return {}
  const how = !effort
    ? {}
    : signs
      ? { thinkingLevel: effort === 'low' ? 'low' : 'high' }
      : { thinkingBudget: Math.min(budgets[effort], Math.floor(outputTokensMax / 2)) }
  return { thinkingConfig: { includeThoughts: true, ...how } }
}

function toContents(turns: readonly ModelMessage[], own: { to: string; signs: boolean }): Content[] {
  const contents: Content[] = []
  const names = new Map<string, { name: string; given: string | undefined }>()
  for (const message of turns) {
    if (message.role === 'system') continue
    const content: Content = { role: message.role === 'assistant' ? 'model' : 'user', parts: partsOf(message, own, names) }
    const last = contents.at(-1)
    if (content.parts.length === 0) continue
    if (last?.role === content.role) last.parts.push(...content.parts)
    else contents.push(content)
  }
  return contents
}

function partsOf(
  message: Exclude<ModelMessage, { role: 'system' }>,
  own: { to: string; signs: boolean },
  names: Map<string, { name: string; given: string | undefined }>,
): Part[] {
  if (message.role === 'tool') {
    const { name = message.callId, given } = names.get(message.callId) ?? {}
    return [{ functionResponse: { ...(given !== undefined && { id: given }), name, response: { result: message.text } } }]
  }
  if (message.role === 'user') {
    const images = (message.images ?? []).map(({ mediaType, base64 }) => ({ inlineData: { mimeType: mediaType, data: base64 } }))
    return [...(message.text === '' && images.length > 0 ? [] : [{ text: message.text || '(nothing)' }]), ...images]
  }
  for (const { id, name } of message.calls) names.set(id, { name, given: undefined })
  const isOwn = message.attached?.to === own.to && own.to !== ''
  if (!isOwn) {
    const text: Part[] = message.text === '' ? [] : [{ text: message.text }]
    const calls = message.calls.map(({ name, args }, index): Part => ({
      functionCall: { name, args },
      ...(own.signs && index === 0 && { thoughtSignature: noSignature }),
    }))
    return [...text, ...calls]
  }
  // A part goes back as it came, but with the arguments that count: a person may have changed them.
  let next = 0
  return list(message.attached!.value).flatMap((one): Part[] => {
    const part = object(one) ?? {}
    const functionCall = object(part.functionCall)
    if (!functionCall) return [part]
    const call = message.calls[next++]
    if (!call) return []
    names.set(call.id, { name: call.name, given: typeof functionCall.id === 'string' ? functionCall.id : undefined })
    return [{ ...part, functionCall: { ...functionCall, args: call.args } }]
  })
}

function decoder(draft: Draft): Decoder {
  const parts: Part[] = []

  function addPart(part: Part): void {
    const { text, thought, functionCall, ...rest } = part
    const call = object(functionCall)
    if (call) {
      const open = draft.beginCall(string(call.id), string(call.name))
      draft.addArgs(open, JSON.stringify(object(call.args) ?? {}))
      parts.push(part)
      return
    }
    if (typeof text !== 'string') {
      draft.sawUnknown(Object.keys(part).join(', '))
      parts.push(part)
      return
    }
    if (text !== '') (thought === true ? draft.addReasoning : draft.addText)(text)
    const last = parts.at(-1)
    const isSame = last && typeof last.text === 'string' && (last.thought === true) === (thought === true) && last.thoughtSignature === undefined
    // A signature belongs to its part: one that has it is never joined with what follows.
    if (isSame) Object.assign(last, rest, { text: (last.text as string) + text })
    else if (text !== '' || Object.keys(rest).length > 0) parts.push({ ...part })
  }

  return {
    add(value) {
      draft.model ||= string(value.modelVersion)
      const usage = object(value.usageMetadata)
      const candidate = list(value.candidates)
        .map(object)
        .find((one) => !one?.index)
      for (const part of list(object(candidate?.content)?.parts)) addPart(object(part) ?? {})
      if (usage) count(usage)
      const reason = string(candidate?.finishReason)
      if (reason === 'MALFORMED_FUNCTION_CALL' || reason === 'UNEXPECTED_TOOL_CALL') {
        throw new ProviderError('upstream_failed.call_invalid', {}, { streamed: draft.streamed, lost: true })
      }
      if (reason !== '' && reason !== 'FINISH_REASON_UNSPECIFIED')
        draft.end(draft.calls.length > 0 && reason === 'STOP' ? 'tool_calls' : (finishes[reason] ?? 'other'))
      // The question itself was refused: there is no candidate.
      if (string(object(value.promptFeedback)?.blockReason) !== '') draft.end('content_filter')
    },
    end() {
      if (draft.calls.length > 0) draft.attached = parts
    },
  }

  function count(usage: Record<string, unknown>): void {
    const prompt = tokens(usage.promptTokenCount)
    if (prompt === undefined) return
    const inputTokens = prompt + (tokens(usage.toolUsePromptTokenCount) ?? 0)
    const reasoningTokens = tokens(usage.thoughtsTokenCount) ?? 0
    const said = (tokens(usage.candidatesTokenCount) ?? 0) + reasoningTokens
    const outputTokens = Math.max(said, (tokens(usage.totalTokenCount) ?? 0) - inputTokens)
    const cachedInputTokens = Math.min(tokens(usage.cachedContentTokenCount) ?? 0, inputTokens)
    draft.usage = { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens: 0, reasoningTokens: outputTokens - said + reasoningTokens }
  }
}

const finishes: Record<string, Finish> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  FUNCTION_CALL: 'tool_calls',
}
