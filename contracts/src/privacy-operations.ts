import * as example from './examples.ts'
import type { Operation } from './operations.ts'
import type { privacyEndpoints } from './privacy-endpoints.ts'

const access = { id: '01997c1e-7f50-7000-8000-0000000ace55', at: '2026-03-02T09:30:00.000Z', reason: 'Ticket 4711: a wrong answer' }
const kept = [{ what: 'messages', kept: 'as long as the conversation', why: 'the conversation itself' }]
const body = { reason: access.reason }

export const privacyOperations: { [Name in keyof typeof privacyEndpoints]: Operation<(typeof privacyEndpoints)[Name]> } = {
  myAccess: {
    summary: 'List who read what one said',
    answer: {
      items: [
        {
          ...access,
          by: { id: example.adminUser.id, name: 'Grace Hopper', email: 'grace@example.org' },
          what: 'conversation',
          conversationId: example.conversation.id,
          title: example.conversation.title,
        },
      ],
      nextCursor: null,
    },
  },
  adminReadConversation: {
    summary: 'Read somebody’s conversation',
    body,
    answer: { access, userId: example.user.id, conversation: example.conversation, messages: [], nextCursor: null },
  },
  adminReadConversations: {
    summary: 'List somebody’s conversations',
    body,
    answer: { access, items: [example.conversation], nextCursor: null },
  },
  adminErasures: {
    summary: 'List what was erased',
    answer: {
      items: [
        {
          userId: example.user.id,
          startedAt: access.at,
          rowsGoneAt: access.at,
          finishedAt: access.at,
          removed: [
            { where: 'conversations', count: 12 },
            { where: 'messages', count: 240 },
            { where: 'store: memories', count: 1 },
          ],
          waiting: [],
        },
      ],
      nextCursor: null,
    },
  },
  retention: {
    summary: 'Show how long one’s conversations are kept',
    answer: { conversationDays: 90, installationDays: 365, due: null },
  },
  updateRetention: {
    summary: 'Choose how long one’s conversations are kept',
    body: { conversationDays: 90 },
    answer: { conversationDays: 90, installationDays: 365, due: null },
  },
  adminRetention: { summary: 'Show what is kept, and how long', answer: { conversationDays: 365, due: null, kept } },
  adminUpdateRetention: {
    summary: 'Choose how long conversations are kept',
    body: { conversationDays: 365 },
    answer: { conversationDays: 365, due: null, kept },
  },
  adminPrivacy: { summary: 'Show who may read what people said', answer: { conversationReads: 'with_reason', source: 'page' } },
  adminUpdatePrivacy: {
    summary: 'Choose who may read what people said',
    body: { conversationReads: 'off' },
    answer: { conversationReads: 'off', source: 'page' },
  },
}
