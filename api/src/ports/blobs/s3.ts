import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type MultipartUpload,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { PlaceConfig } from '#config/place.ts'
import type { Proxies } from '#config/proxies.ts'
import { AppError } from '#lib/app-error.ts'
import { agentsFor } from '#ports/proxy/index.ts'
import { measure, noRoom, type Place } from './place.ts'

/** A part is held in memory while it is sent. S3 takes 10,000 of them: 100 GB. */
const partBytes = 10 * 1024 * 1024
const partsAtOnce = 2
const timeouts = { connectionTimeout: 5000, requestTimeout: 120_000, throwOnRequestTimeout: true }
/** Between two pieces of what is read. */
const silenceMsMax = 30_000
const attemptsMax = 3

type S3Options = { proxies?: Proxies; namesPerPage?: number }
type S3Error = Error & { $metadata?: { httpStatusCode?: number }; Code?: string; code?: string }
const statusOf = (error: unknown) => (error as S3Error).$metadata?.httpStatusCode
/** Some makers say it by this status alone. */
const insufficientStorage = 507
const full = new Set(['QuotaExceeded', 'XMinioStorageFull', 'EntityTooLarge', 'InsufficientStorage'])

/** A bucket of any server that speaks S3. What is longer than a part goes up in parts, which are taken back when it fails. */
export function openS3(config: Extract<PlaceConfig, { kind: 's3' }>, { proxies, namesPerPage = 1000 }: S3Options = {}): Place {
  const { endpoint, region, bucket, prefix, credentials } = config
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    maxAttempts: attemptsMax,
    requestHandler: { ...timeouts, ...(proxies && agentsFor(proxies, new URL(endpoint))) },
    // Other makers' servers know no newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(credentials && { credentials }),
  })
  const at = (name: string) => ({ Bucket: bucket, Key: `${prefix}${name}` })

  async function* objects(folder: string) {
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const page = await asked(
        client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}${folder}`, Delimiter: '/', ContinuationToken: token, MaxKeys: namesPerPage }),
        ),
      )
      token = page.NextContinuationToken
      yield page
    }
  }

  async function unfinished(folder: string) {
    const found: MultipartUpload[] = []
    let next: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {}
    while (next) {
      const asking: ListMultipartUploadsCommandInput = { Bucket: bucket, Prefix: `${prefix}${folder}`, MaxUploads: namesPerPage, ...next }
      const page: ListMultipartUploadsCommandOutput = await asked(client.send(new ListMultipartUploadsCommand(asking)))
      found.push(...(page.Uploads ?? []))
      next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined
    }
    return found
  }

  const abort = ({ Key, UploadId }: MultipartUpload) => asked(client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })))

  async function listed(folder: string) {
    const found: { name: string; bytes: number }[] = []
    for await (const { Contents = [] } of objects(folder)) {
      for (const { Key = '', Size = 0 } of Contents) found.push({ name: Key.slice(prefix.length + folder.length), bytes: Size })
    }
    return found
  }

  async function remove(name: string): Promise<void> {
    await asked(client.send(new DeleteObjectCommand(at(name))))
  }

  return {
    async put(name, content, options = {}) {
      const measured = measure(content, options)
      const body = Readable.from(measured.content, { objectMode: false })
      const upload = new Upload({
        client,
        params: { ...at(name), Body: body },
        partSize: partBytes,
        queueSize: partsAtOnce,
        leavePartsOnError: false,
      })
      try {
        await asked(upload.done())
        return measured.written()
      } finally {
        body.destroy()
      }
    },

    async get(name, range) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ ...at(name), ...(range && { Range: `bytes=${range.first}-${range.last}` }) }))
        return withoutSilence(Body as Readable)
      } catch (error) {
        if (statusOf(error) === 404) return null
        // There is nothing so far on.
        if (statusOf(error) === 416) return Readable.from([])
        throw asFailure(error)
      }
    },

    remove,
    list: (folder) => listed(folder === '' ? '' : `${folder}/`),

    async folders() {
      const names = new Set<string>()
      const note = (key = '') => key.slice(prefix.length).includes('/') && names.add(key.slice(prefix.length).split('/')[0]!)
      for await (const { CommonPrefixes = [] } of objects('')) for (const { Prefix } of CommonPrefixes) note(Prefix)
      for (const { Key } of await unfinished('')) note(Key)
      return [...names]
    },

    async removeUnfinished(folder, before) {
      const inner = folder === '' ? '' : `${folder}/`
      const isOld = ({ Key = '', Initiated }: MultipartUpload) => !Key.slice(prefix.length + inner.length).includes('/') && Initiated! < before
      const old = (await unfinished(inner)).filter(isOld)
      for (const upload of old) await abort(upload)
      return old.length
    },

    async removeFolder(folder) {
      for (const upload of await unfinished(`${folder}/`)) await abort(upload)
      for (const { name } of await listed(`${folder}/`)) await remove(`${folder}/${name}`)
    },

    [Symbol.dispose]: () => client.destroy(),
  }
}

const asked = <Answer>(answer: Promise<Answer>): Promise<Answer> => answer.catch((error: unknown) => Promise.reject(asFailure(error)))

/** What the caller threw, or cancelled, stays as it is. */
function asFailure(error: unknown): unknown {
  const { name, $metadata, Code, code } = error as S3Error
  if (full.has(name) || full.has(Code ?? '') || statusOf(error) === insufficientStorage) return noRoom(error)
  const isOfServer = $metadata !== undefined || 'code' in (error as object) || name === 'TimeoutError'
  if (error instanceof AppError || !isOfServer || name === 'AbortError') return error
  const why = name === 'Unknown' ? `HTTP ${statusOf(error)}` : name === 'Error' ? code : name
  return new AppError('unavailable', `The file store cannot be used right now (${why}).`, { cause: error })
}

/** A server that falls silent in the middle must not hold its reader for ever; a slow reader is none of its fault. */
async function* withoutSilence(body: Readable): AsyncGenerator<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  try {
    for (;;) {
      const timer = setTimeout(() => body.destroy(new AppError('unavailable', 'The file store fell silent.')), silenceMsMax)
      const piece = await pieces.next().finally(() => clearTimeout(timer))
      if (piece.done) return
      yield piece.value
    }
  } catch (error) {
    throw asFailure(error)
  } finally {
    body.destroy()
  }
}
