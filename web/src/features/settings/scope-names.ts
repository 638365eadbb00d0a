import type { KeyScope } from '@jarvis/contracts/api-keys.ts'

/** What a key may be used for, as the page says it. */
export const scopeNames: Record<KeyScope, string> = {
  chat: 'Conversations',
  v1: 'Models (OpenAI’s API)',
  memory: 'Memories',
  files: 'Files',
  tools: 'Tools (MCP)',
}
