import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { CreateBucketCommand, CreateMultipartUploadCommand, ListObjectsV2Command, S3Client, UploadPartCommand } from '@aws-sdk/client-s3'
import { startFauxqs } from 'fauxqs'

const [accessKeyId, secretAccessKey, region, bucket] = ['AKIAJARVIS', 'a/secret+with=signs', 'eu-central-1', 'jarvis-test']

/**
 * A server that speaks S3, on loopback. It keeps objects and uploads as S3 does but believes every signature and lists no uploads. So requests
 * pass a door that computes signature version 4 by itself and refuses as S3 does; it writes down which uploads began and ended, and lists them.
 */
export async function startS3() {
  const store = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false })
  const endpoint = () => `http://127.0.0.1:${(door.address() as AddressInfo).port}`
  let isSilent = false
  const uploads = createUploads()
  const door = createServer((incoming, answer) => {
    if (isSilent) return void incoming.resume()
    if (!isSigned(incoming)) {
      incoming.resume()
      return answer
        .writeHead(403, { 'content-type': 'application/xml' })
        .end('<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code><Message>The signature is wrong.</Message></Error>')
    }
    const { method, url: path, headers } = incoming
    const asked = new URL(path!, endpoint()).searchParams
    if (method === 'GET' && asked.has('uploads')) return answer.writeHead(200, { 'content-type': 'application/xml' }).end(uploads.listed(asked))
    const passed = request({ host: '127.0.0.1', port: store.port, method, path, headers }, (answered) => {
      answer.writeHead(answered.statusCode!, answered.headers)
      if (method === 'POST' && asked.has('uploads')) {
        void text(answered).then((began) => (uploads.begin(began), answer.end(began)))
        return
      }
      if (method !== 'PUT' && answered.statusCode! < 300) uploads.end(asked.get('uploadId'))
      answered.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    answer.on('close', () => passed.destroy())
    incoming.pipe(passed)
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  const credentials = { accessKeyId, secretAccessKey }
  const client = new S3Client({ endpoint: endpoint(), region, credentials, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))

  return {
    config: { kind: 's3' as const, endpoint: endpoint(), region, bucket, prefix: 'jarvis/', credentials },
    /** As a setting. */
    url: (secret = secretAccessKey) =>
      `s3://${accessKeyId}:${encodeURIComponent(secret)}@127.0.0.1/${bucket}/jarvis?region=${region}&endpoint=${encodeURIComponent(endpoint())}`,
    objects: async () => (await client.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? [],
    /** How many uploads in parts were begun and neither finished nor taken back. */
    unfinished: async () => uploads.count(),
    /** Begins one, as a process that dies before it is done, so many hours ago. */
    async begin(key: string, hoursAgo: number) {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }))
      await client.send(new UploadPartCommand({ Bucket: bucket, Key: key, UploadId, PartNumber: 1, Body: 'a part' }))
      uploads.backdate(UploadId!, hoursAgo)
      return UploadId!
    },
    /** Whether a part can be added to it still. */
    async isOpen(key: string, UploadId: string) {
      const adding = client.send(new UploadPartCommand({ Bucket: bucket, Key: key, UploadId, PartNumber: 2, Body: 'another' }))
      return await adding.then(
        () => true,
        () => false,
      )
    },
    /** As a network that swallows packets. */
    fallSilent: () => (isSilent = true),
    async stop() {
      client.destroy()
      door.close()
      door.closeAllConnections()
      await store.stop()
    },
  }
}

const field = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? ''

/** Which uploads are open, listed as https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html has it. */
function createUploads() {
  const open = new Map<string, { key: string; initiated: Date }>()
  return {
    begin: (xml: string) => void open.set(field(xml, 'UploadId'), { key: field(xml, 'Key'), initiated: new Date() }),
    end: (id: string | null) => void open.delete(id ?? ''),
    count: () => open.size,
    backdate: (id: string, hours: number) => void (open.get(id)!.initiated = new Date(Date.now() - hours * 3_600_000)),
    listed(asked: URLSearchParams): string {
      const [prefix, max] = [asked.get('prefix') ?? '', Math.min(Number(asked.get('max-uploads') ?? 1000), 1000)]
      const [afterKey, afterId] = [asked.get('key-marker') ?? '', asked.get('upload-id-marker') ?? '']
      const isAfter = (key: string, id: string) => key > afterKey || (afterId !== '' && key === afterKey && id > afterId)
      const all = [...open]
        .map(([id, upload]) => ({ id, ...upload }))
        .filter(({ id, key }) => key.startsWith(prefix) && isAfter(key, id))
        .toSorted((a, b) => (a.key === b.key ? (a.id < b.id ? -1 : 1) : a.key < b.key ? -1 : 1))
      const page = all.slice(0, max)
      const last = page.at(-1)
      const next = all.length > max && last ? `<NextKeyMarker>${last.key}</NextKeyMarker><NextUploadIdMarker>${last.id}</NextUploadIdMarker>` : ''
      const entries = page.map(
        ({ id, key, initiated }) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`,
      )
      return `<?xml version="1.0" encoding="UTF-8"?><ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>${bucket}</Bucket>${next}<MaxUploads>${max}</MaxUploads><IsTruncated>${all.length > max}</IsTruncated>${entries.join('')}</ListMultipartUploadsResult>`
    },
  }
}

function isSigned({ method, url, headers }: IncomingMessage): boolean {
  const parts = /^AWS4-HMAC-SHA256 Credential=(\S+?)\/(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(headers.authorization ?? '')
  if (!parts || parts[1] !== accessKeyId) return false
  const [, , scope, names, signature] = parts as unknown as string[]
  const { pathname, search } = new URL(url!, 'http://door')
  const query = search
    .slice(1)
    .split('&')
    .filter(Boolean)
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .toSorted()
  const lines = names!.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`)
  const canonical = [method, pathname, query.join('&'), lines.join(''), names, headers['x-amz-content-sha256']].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const key = scope!.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  return hmac(key, toSign).toString('hex') === signature
}
