import { z } from 'zod'
import { SharedBy } from './sharing.ts'
import { Id, Instructions, Timestamp, text, wholeList } from './text.ts'

/** `instructions` hold for each conversation in the folder; `sharedBy` is whose it is, where the caller only reads it. */
export const Folder = z
  .object({ id: Id, name: z.string(), instructions: z.string(), createdAt: Timestamp, sharedBy: SharedBy.nullable() })
  .meta({ id: 'Folder' })
export type Folder = z.infer<typeof Folder>

const name = text(100).trim().min(1)
export const FolderBody = z.strictObject({ name, instructions: Instructions.optional() })
export const FolderChange = z.strictObject({ name: name.optional(), instructions: Instructions.optional() })
export type FolderBody = z.infer<typeof FolderBody>
export type FolderChange = z.infer<typeof FolderChange>

const byId = z.strictObject({ id: Id })
const who = ['person', 'key:chat'] as const

export const folderEndpoints = {
  folders: {
    method: 'GET',
    url: '/api/v1/folders',
    config: { who },
    schema: wholeList('chat', Folder),
  },
  createFolder: { method: 'POST', url: '/api/v1/folders', config: { who }, schema: { tags: ['chat'], body: FolderBody, response: { 201: Folder } } },
  updateFolder: {
    method: 'PATCH',
    url: '/api/v1/folders/:id',
    config: { who },
    schema: { tags: ['chat'], params: byId, body: FolderChange, response: { 200: Folder } },
  },
  deleteFolder: {
    method: 'DELETE',
    url: '/api/v1/folders/:id',
    config: { who },
    schema: {
      tags: ['chat'],
      description: 'Its conversations stay, in no folder.',
      params: byId,
      response: { 204: z.null().describe('No content') },
    },
  },
} as const
