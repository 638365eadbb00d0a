import type { KeyScope } from '@jarvis/contracts/api-keys.ts'
import type { English } from '#words/language.ts'

/** What a key may be used for, as the page says it. */
export const scopeNames: Record<KeyScope, English> = {
  chat: 'Conversations',
  v1: 'Models (OpenAI’s API)',
  memory: 'Memories',
  files: 'Files',
  tools: 'Tools (MCP)',
}
