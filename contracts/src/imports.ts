import { z } from 'zod'
import { Failure } from './errors.ts'
import { Id, Timestamp, wholeList } from './text.ts'

export const ImportKind = z.enum(['chatgpt', 'open_webui', 'librechat', 'jarvis'])
export type ImportKind = z.infer<typeof ImportKind>

/** What of an export is not taken: `long_messages` have more than a million characters, `conversations` could not be read or have no message. */
export const SkippedKind = z.enum([
  'pictures',
  'files',
  'tool_calls',
  'reasoning',
  'hidden_messages',
  'empty_messages',
  'long_messages',
  'conversations',
  'memories',
  'prompts',
])
export type SkippedKind = z.infer<typeof SkippedKind>

/**
 * Conversations of another program, on their way into one's own. `done` of `total` conversations are in; `added` are new, of `grown` ones what was
 * missing was added, and `there` were here whole.
 */
export const Import = z
  .object({
    id: Id,
    name: z.string(),
    kind: ImportKind.nullable(),
    status: z.enum(['waiting', 'working', 'done', 'failed']),
    total: z.int(),
    done: z.int(),
    added: z.int(),
    grown: z.int(),
    there: z.int(),
    messages: z.int(),
    skipped: z.array(z.object({ what: SkippedKind, count: z.int() })),
    error: Failure.nullable(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Import' })
export type Import = z.infer<typeof Import>

/** The largest export that is taken, in bytes as it is sent. */
export const importBytesMax = 64 * 1024 * 1024

const who = ['person'] as const

export const importEndpoints = {
  imports: { method: 'GET', url: '/api/v1/imports', config: { who }, schema: wholeList('chat', Import) },
  import: {
    method: 'GET',
    url: '/api/v1/imports/:id',
    config: { who },
    schema: { tags: ['chat'], params: z.strictObject({ id: Id }), response: { 200: Import } },
  },
  createImport: {
    method: 'POST',
    url: '/api/v1/imports',
    config: { who, heavy: 'upload' },
    schema: {
      tags: ['chat'],
      description:
        'The export of ChatGPT, LibreChat, Open WebUI or Jarvis, JSON or ZIP, as `multipart/form-data` in the part `file`. It is read in the background. The same export again adds only what is missing.',
      response: { 202: Import },
    },
  },
} as const
