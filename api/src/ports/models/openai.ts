import type { ChatModel, Dialect, Provider } from './index.ts'
import { messagesJson, toolsJson } from './request-json.ts'
import { streamCompletion } from './stream-completion.ts'

export type OpenAiOptions = Pick<Provider, 'baseUrl' | 'apiKey' | 'headers' | 'firstTokenSeconds' | 'idleSeconds' | 'dispatcher'> & {
  /** Its name at the provider. */
  model: string
  dialect?: Partial<Dialect>
}

/** OpenAI's newer models refuse max_tokens; most others know nothing else. */
const dialectOf = (baseUrl: string): Dialect => ({
  maxTokens: new URL(baseUrl).hostname.endsWith('openai.com') ? 'max_completion_tokens' : 'max_tokens',
  system: 'system',
  streamUsage: true,
})

/** Chat completions as OpenAI speaks them. @throws ProviderError upstream_rejected, upstream_failed, upstream_timeout */
export function createOpenAiModel(options: OpenAiOptions): ChatModel {
  const { baseUrl, apiKey, model, headers = {}, dispatcher, firstTokenSeconds = 30, idleSeconds = 30 } = options
  const dialect: Dialect = { ...dialectOf(baseUrl), ...options.dialect }
  const settings = { model, stream: true, ...(dialect.streamUsage && { stream_options: { include_usage: true } }) }

  return {
    async complete({ messages, tools, outputTokensMax, sink, signal }) {
      const limit = outputTokensMax === undefined || dialect.maxTokens === 'none' ? {} : { [dialect.maxTokens]: outputTokensMax }
      const parts = [JSON.stringify({ ...settings, ...limit }).slice(0, -1), `"messages":${messagesJson(messages, dialect.system)}`]
      if (tools.length > 0) parts.push(`"tools":${toolsJson(tools)}`)
      return await streamCompletion({
        url: `${baseUrl}/chat/completions`,
        apiKey,
        headers,
        dispatcher,
        firstTokenTimeoutMs: firstTokenSeconds * 1000,
        betweenTokensTimeoutMs: idleSeconds * 1000,
        body: `${parts.join(',')}}`,
        sink,
        signal,
      })
    },
  }
}
