import { expect, test } from 'vitest'
import { makePdf, makePdfBomb } from '../../../../simulators/web/pdf.ts'
import { createLog } from '#lib/log.ts'
import { createIsolation } from '#ports/sandbox/index.ts'
import { createDocuments } from './index.ts'

const { signal } = new AbortController()
const isolation = createIsolation({ log: createLog('silent') })

/** The document that a site gives as these bytes. */
async function read(body: Buffer | string, type = 'application/octet-stream', options = {}) {
  const bytes = Buffer.from(body)
  const response = {
    status: 200,
    headers: { 'content-type': type },
    url: 'https://a.example/files/tides%201',
    body: bytes,
    text: () => bytes.toString(),
  }
  return await createDocuments({ fetch: async () => response }, isolation, options).read('https://a.example/', signal)
}

test('a PDF is text, page by page, and says which pages have none', async () => {
  expect(await read(makePdf(['The report begins here', '', 'High water at noon'], 1))).toEqual({
    title: 'tides 1',
    url: 'https://a.example/files/tides%201',
    text: 'Page 1\n\nThe report begins here\n\nPage 2\n\n\n\nPage 3\n\nHigh water at noon',
    notes: ['1 of 3 pages have no text that can be read; they may be pictures (2).'],
  })
})

test('CSV and plain text are as they are, whatever the site calls them', async () => {
  expect(await read('day,high\nMonday,12:00\n')).toMatchObject({ text: 'day,high\nMonday,12:00\n', notes: [] })
  expect(await read('Grüße', 'text/plain')).toMatchObject({ text: 'Grüße' })
})

test.each([
  ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1]), 'image/png', 'invalid_request'],
  ['bytes', Buffer.from([0xff, 0xfe, 0xfd, 0xfc, 0x81]), 'application/octet-stream', 'invalid_request'],
  ['an archive of letters', 'PK made of letters alone', 'application/zip', 'invalid_request'],
  ['an archive that is called text', 'PK\u0003\u0004\u0014', 'text/plain', 'invalid_request'],
  ['a page', '<p>Sign in</p>', 'text/html', 'invalid_request'],
  ['a broken PDF', '%PDF-1.7\nnothing', 'application/pdf', 'invalid_request'],
])('%s is refused with its reason', async (_name, body, type, code) => {
  await expect(read(body, type)).rejects.toMatchObject({ code, message: expect.stringMatching(/not read here|own pages|broken/) })
})

test('a PDF that keeps its reader busy for ever takes down no more than its reader', async () => {
  const bomb = makePdfBomb()
  expect(bomb.length).toBeLessThan(100_000)
  const reading = expect(read(bomb, 'application/pdf', { pdfMs: 4000 })).rejects.toMatchObject({ code: 'overloaded' })
  expect(await read(makePdf(['Another']))).toMatchObject({ text: 'Page 1\n\nAnother' })
  await reading
})
