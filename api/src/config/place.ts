import { resolve } from 'node:path'

/** Where bytes are kept: a folder of this machine, or a bucket of a server that speaks S3. */
export type PlaceConfig =
  | { kind: 'folder'; folder: string }
  | {
      kind: 's3'
      endpoint: string
      region: string
      bucket: string
      /** Empty, or ends in a slash. */
      prefix: string
      /** None: what the machine itself may use, as the S3 client finds it. */
      credentials: { accessKeyId: string; secretAccessKey: string } | undefined
    }

/** `file:` and a folder, a plain path, or `s3://key:secret@host/bucket/folder?region=…&endpoint=…`. @throws Error with what is wrong with it */
export function placeOf(value: string): PlaceConfig {
  if (!/^s3:/i.test(value)) return { kind: 'folder', folder: folderOf(value) }
  if (!URL.canParse(value)) throw new Error('is not a URL; percent-encode what the secret contains')
  const url = new URL(value)
  const unknown = [...url.searchParams.keys()].filter((name) => name !== 'region' && name !== 'endpoint')
  if (unknown.length > 0) throw new Error(`has ?${unknown[0]}=, which is none of region and endpoint`)
  const [bucket = '', ...folders] = url.pathname.split('/').filter(Boolean).map(decodeURIComponent)
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) throw new Error('names no bucket: s3://key:secret@host/bucket')
  const endpoint = url.searchParams.get('endpoint') ?? (url.host && `https://${url.host}`)
  if (!endpoint || !/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) throw new Error('names no host: s3://key:secret@host/bucket')
  if (Boolean(url.username) !== Boolean(url.password)) throw new Error('needs a key and a secret, or neither')
  return {
    kind: 's3',
    endpoint,
    region: url.searchParams.get('region') ?? 'us-east-1',
    bucket,
    prefix: folders.map((folder) => `${folder}/`).join(''),
    credentials: url.username ? { accessKeyId: decodeURIComponent(url.username), secretAccessKey: decodeURIComponent(url.password) } : undefined,
  }
}

function folderOf(value: string): string {
  const path = /^file:/i.test(value) ? decodeURIComponent(value.replace(/^file:(\/\/(?=\/))?/i, '')) : value
  if (path === '' || /^[a-z][a-z0-9+.-]*:/i.test(path)) throw new Error('must start with file: or s3://')
  return resolve(path)
}
