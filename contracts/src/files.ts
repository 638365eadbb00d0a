import { z } from 'zod'
import { Failure } from './errors.ts'
import type { PlanId } from './plans.ts'
import { SharedBy } from './sharing.ts'
import { Id, PageQuery, Timestamp, page, text } from './text.ts'

export const FileStatus = z.enum(['processing', 'ready', 'failed'])
export type FileStatus = z.infer<typeof FileStatus>

/** A file of a person's. `mediaType` is what its bytes are, whatever its name says; `error` is why it cannot be read. */
export const File = z
  .object({
    id: Id,
    name: z.string(),
    mediaType: z.string(),
    bytes: z.int(),
    /** In hex. */
    sha256: z.string(),
    createdAt: Timestamp,
    status: FileStatus,
    error: Failure.nullable(),
    /** Null where it has none, or before they are counted. */
    pages: z.int().nullable(),
    /** How many of its pages were looked at, of those that are pictures: null where there are none, or it is not known yet. */
    progress: z.object({ done: z.int(), total: z.int() }).nullable(),
    /** Of a page of the web: its address when it was kept, which is `createdAt`. */
    url: z.string().nullable(),
    /** Whose it is, where the caller only reads it; null is the caller's own. */
    sharedBy: SharedBy.nullable(),
  })
  .meta({ id: 'File' })
export type File = z.infer<typeof File>

const mebibyte = 1024 * 1024

/** How many files a plan keeps, and of how many bytes each. */
export const fileLimits: Record<PlanId, { filesMax: number; bytesMax: number }> = {
  free: { filesMax: 10, bytesMax: 10 * mebibyte },
  pro: { filesMax: 200, bytesMax: 32 * mebibyte },
  enterprise: { filesMax: 2000, bytesMax: 64 * mebibyte },
}

/** What a person keeps, of what their plan keeps; `fileBytesMax` is of one file. */
export const FileStorage = z.object({ files: z.int(), filesMax: z.int(), bytes: z.int(), fileBytesMax: z.int() }).meta({ id: 'FileStorage' })
export type FileStorage = z.infer<typeof FileStorage>

/** The most files of one message. */
export const messageFilesMax = 10

/** Pictures that a browser shows without running anything that is in them. */
export const imageTypes = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const
export const isImage = (mediaType: string): boolean => (imageTypes as readonly string[]).includes(mediaType)

/** Some of a file's text, as it is found and cited: each character once, in order. */
export const FileText = z
  .object({
    name: z.string(),
    pages: z.int().nullable(),
    /** Of a page of the web, which was kept at `createdAt`. */
    url: z.string().nullable(),
    createdAt: Timestamp,
    /** Of the whole file. */
    total: z.int(),
    passages: z.array(z.object({ position: z.int(), page: z.int().nullable(), heading: z.string().nullable(), text: z.string() })),
  })
  .meta({ id: 'FileText' })
export type FileText = z.infer<typeof FileText>

const who = ['person', 'key:files'] as const
const byId = z.strictObject({ id: Id })

export const fileEndpoints = {
  uploadFile: {
    method: 'POST',
    url: '/api/v1/files',
    config: { who, heavy: 'upload' },
    schema: {
      tags: ['files'],
      description: 'One file, as `multipart/form-data` in the part `file`. The same bytes again answer with the file that is there.',
      response: { 201: File },
    },
  },
  keepPage: {
    method: 'POST',
    url: '/api/v1/files/pages',
    config: { who, heavy: 'upload' },
    schema: { tags: ['files'], body: z.strictObject({ url: text(2000) }), response: { 201: File } },
  },
  readFile: {
    method: 'POST',
    url: '/api/v1/files/:id/read',
    config: { who },
    schema: { tags: ['files'], params: byId, response: { 200: File } },
  },
  stopReading: {
    method: 'DELETE',
    url: '/api/v1/files/:id/read',
    config: { who },
    schema: { tags: ['files'], params: byId, response: { 200: File } },
  },
  files: {
    method: 'GET',
    url: '/api/v1/files',
    config: { who },
    schema: { tags: ['files'], querystring: PageQuery.extend({ q: text(200).optional() }), response: { 200: page(File) } },
  },
  fileStorage: { method: 'GET', url: '/api/v1/files/storage', config: { who }, schema: { tags: ['files'], response: { 200: FileStorage } } },
  file: { method: 'GET', url: '/api/v1/files/:id', config: { who }, schema: { tags: ['files'], params: byId, response: { 200: File } } },
  fileText: {
    method: 'GET',
    url: '/api/v1/files/:id/text',
    config: { who },
    schema: {
      tags: ['files'],
      params: byId,
      querystring: z.strictObject({
        from: z.coerce.number().int().min(0).max(1_000_000).default(0),
        limit: z.coerce.number().int().min(1).max(100).default(20),
      }),
      response: { 200: FileText },
    },
  },
  deleteFile: {
    method: 'DELETE',
    url: '/api/v1/files/:id',
    config: { who },
    schema: { tags: ['files'], params: byId, response: { 204: z.null().describe('No content') } },
  },
} as const
