import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { startFauxqs } from 'fauxqs'

const [accessKeyId, secretAccessKey, region, bucket] = ['AKIAJARVIS', 'a/secret+with=signs', 'eu-central-1', 'jarvis-test']

/**
 * A server that speaks S3, on loopback. It keeps objects and uploads as S3 does but believes every signature, so requests pass a door that
 * computes signature version 4 by itself, and refuses as S3 does.
 */
export async function startS3() {
  const store = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false })
  let isSilent = false
  const door = createServer((incoming, answer) => {
    if (isSilent) return void incoming.resume()
    if (!isSigned(incoming)) {
      incoming.resume()
      return answer
        .writeHead(403, { 'content-type': 'application/xml' })
        .end('<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code><Message>The signature is wrong.</Message></Error>')
    }
    const { method, url: path, headers } = incoming
    const passed = request({ host: '127.0.0.1', port: store.port, method, path, headers }, (answered) => {
      answer.writeHead(answered.statusCode!, answered.headers)
      answered.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    answer.on('close', () => passed.destroy())
    incoming.pipe(passed)
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  const endpoint = `http://127.0.0.1:${(door.address() as AddressInfo).port}`
  const credentials = { accessKeyId, secretAccessKey }
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))

  return {
    config: { kind: 's3' as const, endpoint, region, bucket, prefix: 'jarvis/', credentials },
    /** As a setting. */
    url: (secret = secretAccessKey) =>
      `s3://${accessKeyId}:${encodeURIComponent(secret)}@127.0.0.1/${bucket}/jarvis?region=${region}&endpoint=${encodeURIComponent(endpoint)}`,
    objects: async () => (await client.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? [],
    /** How many uploads in parts were begun and neither finished nor taken back. */
    unfinished: async () => (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0,
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
