import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { makePdfBomb } from '../../../../simulators/web/pdf.ts'
import { createLog } from '#lib/log.ts'
import { createIsolation } from '#ports/sandbox/index.ts'
import { readScan } from './index.ts'

const isolation = createIsolation({ log: createLog('silent') })
const document = (name: string) => readFileSync(new URL(`../../../test/fixtures/documents/${name}`, import.meta.url))
const read = (bytes: Buffer, pages: number[] = []) => readScan(isolation, bytes, pages, new AbortController().signal)

test('the pages of a scan are read, those that are asked for', async () => {
  const [first, second, ...others] = await read(document('scan.pdf'), [1, 2])
  expect([first!.page, second!.page, others]).toEqual([1, 2, []])
  expect(first!.text).toContain('The mean tidal range is 3.02 metres.')
  expect(second!.text).toContain('Ottilie Brandt')
  expect((await read(document('scan.pdf'), [2])).map(({ page }) => page)).toEqual([2])
})

test.each([
  ['Japanese', 'notice-ja.jpg', '会議は午後三時に始まります。'],
  ['Arabic', 'notice-ar.jpg', 'يسكن حارس المنارة بالقرب من الميناء'],
])('a picture in %s is read as such', async (_language, name, text) => {
  expect(await read(document(name))).toEqual([{ page: null, text: expect.stringContaining(text) }])
})

test.each<[string, () => Buffer, number[]]>([
  ['no picture', () => Buffer.from('letters'), []],
  ['half a picture', () => document('notice-ar.jpg').subarray(0, 500), []],
  ['half a PDF', () => document('scan.pdf').subarray(0, 5000), [1]],
  ['a page that there is not', () => document('scan.pdf'), [9]],
])('%s has no text', async (_name, bytes, pages) => {
  expect((await read(bytes(), pages)).map(({ text }) => text).join('')).toBe('')
})

test('a page that is drawn for ever ends with the person who asks no more, and the next is read', async () => {
  const stop = new AbortController()
  const reading = readScan(isolation, makePdfBomb(), [1], stop.signal)
  const refused = expect(reading).rejects.toThrow('enough')
  stop.abort(new Error('enough'))
  await refused
  expect((await read(document('scan.pdf'), [2]))[0]!.text).toContain('Ottilie Brandt')
})
