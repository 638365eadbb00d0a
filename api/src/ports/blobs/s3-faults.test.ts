import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { openS3 } from './s3.ts'

/** The place in a bucket whose server answers so. */
async function placeOf(answer: RequestListener) {
  const server = createServer((request, response) => {
    request.resume()
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' }
  const place = openS3({ kind: 's3', endpoint, region: 'eu-central-1', bucket: 'full', prefix: '', credentials })
  onTestFinished(() => {
    place[Symbol.dispose]()
    server.close()
    server.closeAllConnections()
  })
  return place
}

const refusing = (status: number, code?: string) =>
  placeOf((_request, response) => {
    const body = code === undefined ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message></Error>`
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body)
  })

const put = async (to: ReturnType<typeof refusing>) => await (await to).put('name', Readable.from([Buffer.from('content')]))

test('a server without room says so in a code of its maker, or by the status alone', async () => {
  for (const [status, code] of [[403, 'QuotaExceeded'], [507, 'XMinioStorageFull'], [507, 'OfAnotherMaker'], [507]] as const)
    await expect(put(refusing(status, code))).rejects.toMatchObject({ code: 'storage_full' })
})

test('a refusal is named by its code, and by its status where it has none', async () => {
  await expect(put(refusing(403, 'AccessDenied'))).rejects.toThrow('(AccessDenied)')
  await expect(put(refusing(418))).rejects.toThrow('(HTTP 418)')
})

test('what breaks off while it is read is the server’s fault', async () => {
  const place = await placeOf((_request, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('the beginning', () => response.destroy())
  })
  await expect(Array.fromAsync((await place.get('name'))!)).rejects.toMatchObject({ code: 'unavailable' })
})
