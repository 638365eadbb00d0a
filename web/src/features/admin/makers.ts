import type { AdminProvider } from '@jarvis/contracts/admin-models.ts'

export type Known = { name: string; kind: AdminProvider['kind']; baseUrl?: string; key: RegExp }

/** Who gives keys, and how theirs begin; the first that fits is meant. */
export const makers = {
  anthropic: { name: 'Anthropic', kind: 'anthropic', key: /^sk-ant-/ },
  openrouter: { name: 'OpenRouter', kind: 'openai', baseUrl: 'https://openrouter.ai/api/v1', key: /^sk-or-/ },
  google: { name: 'Google Gemini', kind: 'google', key: /^AIza/ },
  groq: { name: 'Groq', kind: 'openai', baseUrl: 'https://api.groq.com/openai/v1', key: /^gsk_/ },
  xai: { name: 'xAI', kind: 'openai', baseUrl: 'https://api.x.ai/v1', key: /^xai-/ },
  // DeepSeek's are short, OpenAI's are long.
  deepseek: { name: 'DeepSeek', kind: 'openai', baseUrl: 'https://api.deepseek.com/v1', key: /^sk-[0-9a-f]{32}$/ },
  openai: { name: 'OpenAI', kind: 'openai', key: /^sk-/ },
  mistral: { name: 'Mistral', kind: 'openai', baseUrl: 'https://api.mistral.ai/v1', key: /^[0-9A-Za-z]{32}$/ },
} as const satisfies Record<string, Known>
export type Maker = keyof typeof makers

/** Whose a key looks like. */
export function makerOf(key: string): Maker {
  const found = Object.entries(makers).find(([, { key: begins }]) => begins.test(key))
  return (found?.[0] as Maker | undefined) ?? 'openai'
}
