import { z } from 'zod'
import { ImportBody, Imported, Memory, MemoryBody, TrustBody } from './memory.ts'
import { Id, PageQuery, page, text } from './text.ts'

const byId = z.strictObject({ id: Id })
const nothing = z.null().describe('No content')
const who = ['person', 'key:memory'] as const

/** What Jarvis remembers of a person. */
export const memoryEndpoints = {
  memories: {
    method: 'GET',
    url: '/api/v1/memories',
    config: { who: who, heavy: 'recall' },
    schema: {
      tags: ['memory'],
      querystring: PageQuery.extend({ q: text(1000).optional(), conversationId: Id.optional() }),
      response: {
        200: page(Memory).extend({ full: z.boolean().optional().describe('There is room for nothing new: all of it is the person’s own.') }),
      },
    },
  },
  createMemory: {
    method: 'POST',
    url: '/api/v1/memories',
    config: { who: who },
    schema: { tags: ['memory'], body: MemoryBody, response: { 201: Memory } },
  },
  importMemories: {
    method: 'POST',
    url: '/api/v1/memories/import',
    config: { who: ['person'] },
    schema: {
      tags: ['memory'],
      description:
        'Memories of a file, as the export has them. What is there already stays as it is, and what holds a secret is left out. Not for API keys.',
      body: ImportBody,
      response: { 200: Imported },
    },
  },
  updateMemory: {
    method: 'PATCH',
    url: '/api/v1/memories/:id',
    config: { who: who },
    schema: { tags: ['memory'], params: byId, body: MemoryBody, response: { 200: Memory } },
  },
  trustMemory: {
    method: 'POST',
    url: '/api/v1/memories/:id/trust',
    config: { who: ['person'] },
    schema: {
      tags: ['memory'],
      description:
        'A memory that came from elsewhere counts as the person’s own from now on, if its text still is the one that was shown: else 409. No API key can say so.',
      params: byId,
      body: TrustBody,
      response: { 200: Memory },
    },
  },
  deleteMemory: {
    method: 'DELETE',
    url: '/api/v1/memories/:id',
    config: { who: who },
    schema: { tags: ['memory'], params: byId, response: { 204: nothing } },
  },
  deleteMemories: {
    method: 'DELETE',
    url: '/api/v1/memories',
    config: { who: who },
    schema: {
      tags: ['memory'],
      querystring: z.strictObject({ conversationId: Id.optional().describe('Only what came from this conversation, which may be gone.') }),
      response: { 204: nothing },
    },
  },
} as const
