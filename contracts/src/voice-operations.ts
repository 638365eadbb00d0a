import type { Operation } from './operations.ts'
import type { voiceEndpoints } from './voice.ts'

export const voiceOperations: { [Name in keyof typeof voiceEndpoints]: Operation<(typeof voiceEndpoints)[Name]> } = {
  voice: {
    summary: 'Say who hears and speaks',
    more: 'For this person: a provider by its host, or null where only the browser could.',
    answer: { hears: { host: 'api.openai.com' }, speaks: { host: 'api.openai.com', voices: ['alloy', 'nova'] }, browser: true },
  },
}
