import { z } from 'zod'
import { Accepted, AnswerBody, Feedback, LeafBody } from './chat.ts'
import { Id } from './text.ts'

const byId = z.strictObject({ id: Id })
const nothing = z.null().describe('No content')
const who = ['person', 'key:chat'] as const

/** What is done with the turns that a conversation has: another answer, one that goes on, and which is shown. */
export const turnEndpoints = {
  setLeaf: {
    method: 'PUT',
    url: '/api/v1/conversations/:id/leaf',
    config: { who },
    schema: {
      tags: ['chat'],
      description: 'Which branch is shown, on every device: that of this message. A new message shows its own.',
      params: byId,
      body: LeafBody,
      response: { 204: nothing },
    },
  },
  rate: {
    method: 'PUT',
    url: '/api/v1/messages/:id/feedback',
    config: { who },
    schema: {
      tags: ['chat'],
      description: 'What the person thinks of an answer. Administrators see totals by model, never who said what.',
      params: byId,
      body: Feedback,
      response: { 204: nothing },
    },
  },
  unrate: {
    method: 'DELETE',
    url: '/api/v1/messages/:id/feedback',
    config: { who },
    schema: { tags: ['chat'], params: byId, response: { 204: nothing } },
  },
  answerAgain: {
    method: 'POST',
    url: '/api/v1/messages/:id/answers',
    config: { who },
    schema: {
      tags: ['chat'],
      description: 'Another answer to a question, beside those it has.',
      params: byId,
      body: AnswerBody,
      response: { 202: Accepted },
    },
  },
  continueAnswer: {
    method: 'POST',
    url: '/api/v1/messages/:id/continue',
    config: { who },
    schema: {
      tags: ['chat'],
      description: 'Goes on with an answer that was stopped, failed, or was cut by its length: the same message grows.',
      params: byId,
      response: { 202: Accepted },
    },
  },
} as const
