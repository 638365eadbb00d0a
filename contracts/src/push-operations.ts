import type { Operation } from './operations.ts'
import type { pushEndpoints } from './push.ts'

const publicKey = 'BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs'
const endpoint = 'https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV'
const answer = { publicKey, subscription: { endpoint, publicKey, showsTitle: false, createdAt: '2026-03-02T09:30:00.000Z' } }

export const pushOperations: { [Name in keyof typeof pushEndpoints]: Operation<(typeof pushEndpoints)[Name]> } = {
  push: { summary: 'Say whether this browser is told', answer },
  subscribePush: {
    summary: 'Have this browser told',
    body: {
      endpoint,
      keys: {
        p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
        auth: 'BTBZMqHH6r4Tts7J_aSIgg',
      },
      publicKey,
      showsTitle: false,
      language: 'en',
    },
    answer,
  },
  unsubscribePush: { summary: 'Have this browser told no more', more: 'There need not be anything to end.' },
}
