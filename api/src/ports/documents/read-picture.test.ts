import sharp from 'sharp'
import { expect, test } from 'vitest'
import { createLog } from '#lib/log.ts'
import { createIsolation } from '#ports/sandbox/index.ts'
import { readPicture } from './index.ts'

const isolation = createIsolation({ log: createLog('silent') })
const read = (bytes: Buffer) => readPicture(isolation, bytes, new AbortController().signal)
const blank = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#246' } })

test('a picture comes upright, no larger than models look at, and without what it says of place and camera', async () => {
  const exif = { IFD0: { Make: 'Nosy' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '53/1 52/1 0/1' } }
  const taken = await blank(3000, 2000).withExif(exif).withMetadata({ orientation: 6 }).jpeg().toBuffer()
  expect((await sharp(taken).metadata()).exif).toBeDefined()
  const { format, width, height, exif: left, orientation } = await sharp(await read(taken)).metadata()
  expect({ format, width, height, left, orientation }).toEqual({ format: 'jpeg', width: 1045, height: 1568, left: undefined, orientation: undefined })
})

test.each(['png', 'webp', 'gif'] as const)('a small %s stays as small, as a JPEG', async (format) => {
  const { format: now, width } = await sharp(await read(await blank(40, 30).toFormat(format).toBuffer())).metadata()
  expect([now, width]).toEqual(['jpeg', 40])
})

test.each<[string, () => Promise<Buffer>]>([
  ['one that is cut off', async () => (await blank(600, 600).jpeg().toBuffer()).subarray(0, 600)],
  ['a drawing that could hold a program', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>')],
  ['one that would be 256 million pixels', async () => await blank(16_000, 16_000).png({ compressionLevel: 1 }).toBuffer()],
])('%s is refused', async (_name, bytes) => {
  await expect(read(await bytes())).rejects.toMatchObject({ params: { sentence: 'invalid_request.file_picture' } })
})
