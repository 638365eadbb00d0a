import { readFileSync } from 'node:fs'
import { CFB } from '@e965/xlsx'
import { expect, test } from 'vitest'
import { makePdf } from '../../../../simulators/web/pdf.ts'
import { makeZip } from '#test/make-zip.ts'
import { createLog } from '#lib/log.ts'
import { createIsolation } from '#ports/sandbox/index.ts'
import { type FileKind, readFile } from './index.ts'

const { signal } = new AbortController()
const isolation = createIsolation({ log: createLog('silent') })
/** As where bubblewrap cannot work: in containers. */
const withoutBubblewrap = createIsolation({ log: createLog('silent'), findFault: async () => 'none here' })
// Written by LibreOffice 7.4.
const document = (name: string) => readFileSync(new URL(`../../../test/fixtures/documents/${name}`, import.meta.url))
const read = (kind: FileKind, bytes: Buffer | string, inside = isolation) => readFile(inside, kind, Buffer.from(bytes), signal)

const headings = ['Tides of Cuxhaven', 'Gauge', 'Keeper', '日本語']

test.each<[FileKind, string[]]>([
  ['odt', headings],
  ['rtf', headings],
  ['docx', headings],
  ['epub', ['Tides of Cuxhaven']],
])('a document as %s is its text under its headings, a row of a table as a line, with bubblewrap and without', async (kind, headingsOf) => {
  const read1 = await read(kind, document(`tides.${kind}`))
  expect(read1.pages).toBeNull()
  expect(read1.sections.map(({ heading }) => heading)).toEqual(headingsOf)
  const text = read1.sections.map((section) => section.text).join('\n')
  expect(text).toContain('Month | High\nMarch | 4.11')
  expect(text).toContain('Die höchste Flut war am 6. Januar 1976.')
  expect(text).toContain('潮位は毎日三回記録されます。')
  expect(await read(kind, document(`tides.${kind}`), withoutBubblewrap)).toEqual(read1)
})

test('a sheet and a presentation of OpenDocument are rows and slides', async () => {
  const rows = 'Station,Day,High (m)\nCuxhaven,2026-03-01,4.11\nHelgoland,2026-03-02,3.05'
  expect((await read('sheets', document('tides.ods'))).sections).toEqual([{ page: null, heading: 'tides', text: rows }])
  const slides = await read('odp', document('tides.odp'))
  expect(slides).toMatchObject({ pages: 2, sections: [{ page: 1 }, { page: 2, text: 'The budget is 1417 crowns\nSpent on ropes' }] })
})

test('the chapters of a book come in the order in which they are read', async () => {
  const chapter = (title: string, text: string) =>
    `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head/><body><h2>${title}</h2><p>${text}</p></body></html>`
  const { sections } = await read('epub', book([chapter('Two', 'Later'), chapter('One', 'Sooner')], '<itemref idref="c1"/><itemref idref="c0"/>'))
  expect(sections.map(({ heading, text }) => [heading, text])).toEqual([
    ['One', '## One\n\nSooner'],
    ['Two', '## Two\n\nLater'],
  ])
})

function book(chapters: string[], order: string, more: { name: string; data: string }[] = []): Buffer {
  const items = chapters.map((_, at) => `<item id="c${at}" href="text/c%20${at}.xhtml"/>`).join('')
  return makeZip([
    { name: 'META-INF/container.xml', data: '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>' },
    { name: 'OPS/book.opf', data: `<package><manifest>${items}</manifest><spine>${order}</spine></package>` },
    ...chapters.map((data, at) => ({ name: `OPS/text/c ${at}.xhtml`, data })),
    ...more,
  ])
}

const lines = (...all: string[]) => all.join('\r\n')
const mail = (attachedName: string, attached: Buffer) =>
  lines(
    'From: Ada <ada@example.org>',
    'To: Bob <bob@example.org>',
    'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=x',
    '',
    '--x',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    '<p>Stra=C3=9Fe</p>',
    '--x',
    `Content-Type: application/octet-stream`,
    `Content-Disposition: attachment; filename="${attachedName}"`,
    'Content-Transfer-Encoding: base64',
    '',
    attached.toString('base64'),
    '--x',
    'Content-Type: message/rfc822',
    '',
    'Subject: Inside',
    '',
    'What was forwarded.',
    '--x--',
  )

test('a letter is who wrote what to whom, with what came with it', async () => {
  const { sections } = await read('eml', mail('../../tides.pdf', makePdf(['First page', 'High water at noon'])))
  expect(sections.map(({ heading }) => heading)).toEqual(['Grüße', 'tides.pdf', 'tides.pdf, 1', 'tides.pdf, 2'])
  expect(sections[0]!.text).toMatch(/^Subject: Grüße\nFrom: Ada <ada@example\.org>\nTo: Bob <bob@example\.org>\n/)
  expect(sections[0]!.text).toMatch(/Straße[^]*What was forwarded\./)
  expect(sections[3]!.text).toContain('High water at noon')
  // What came with it and cannot be read is named all the same.
  const damaged = await read('eml', mail('a.docx', Buffer.from('no archive')))
  expect(damaged.sections.at(-1)).toEqual({ page: null, heading: 'a.docx', text: 'Attached: a.docx\n' })
})

test('a letter of Outlook is read, and one that is none is not', async () => {
  const { sections } = await read('msg', outlookLetter({ '0037': 'Die Flut', '1000': 'Ottilie keeps the gauge. 潮位', '0C1A': 'Ada' }))
  expect(sections).toEqual([{ page: null, heading: 'Die Flut', text: 'Subject: Die Flut\nFrom: Ada\n\nOttilie keeps the gauge. 潮位' }])
  await expect(read('msg', Buffer.alloc(5000, 7))).rejects.toMatchObject({ params: { sentence: 'invalid_request.file_unreadable' } })
})

function outlookLetter(properties: Record<string, string>): Buffer {
  const letter = CFB.utils.cfb_new()
  const entries = Object.entries({ '001A': 'IPM.Note', ...properties })
  const table = entries.map(([tag, text]) => {
    const row = Buffer.alloc(16)
    row.writeUInt32LE(Number.parseInt(`${tag}001F`, 16), 0)
    row.writeUInt32LE(6, 4)
    row.writeUInt32LE(Buffer.byteLength(text, 'utf16le') + 2, 8)
    return row
  })
  for (const [tag, text] of entries) CFB.utils.cfb_add(letter, `/__substg1.0_${tag}001F`, Buffer.from(text, 'utf16le'))
  CFB.utils.cfb_add(letter, '/__properties_version1.0', Buffer.concat([Buffer.alloc(32), ...table]))
  return Buffer.from(CFB.write(letter, { type: 'buffer' }) as Uint8Array)
}

const heavy = 'invalid_request.file_too_heavy'
const unreadable = 'invalid_request.file_unreadable'
const locked = 'invalid_request.file_encrypted'
const odt = (content: string, manifest = '<manifest:manifest/>') =>
  makeZip([
    { name: 'mimetype', data: 'application/vnd.oasis.opendocument.text' },
    { name: 'content.xml', data: content },
    { name: 'META-INF/manifest.xml', data: manifest },
  ])
const laugh = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
const office = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
const withBody = (body: string) =>
  `${laugh}<office:document-content ${office}><office:body><office:text>${body}</office:text></office:body></office:document-content>`
const encrypted = '<e xmlns:enc="x"><enc:CipherReference URI="OPS/text/c%200.xhtml"/></e>'
const nested = (depth: number) =>
  Array.from({ length: depth }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`).join('')

test.each<[string, FileKind, () => Buffer | string, string]>([
  ['a text that would be 300 MB', 'odt', () => odt(' '.repeat(300_000_000)), heavy],
  ['a book that would be 300 MB', 'epub', () => book([' '.repeat(300_000_000)], '<itemref idref="c0"/>'), heavy],
  ['a letter with what would be 300 MB', 'eml', () => mail('a.odt', odt(' '.repeat(300_000_000))), heavy],
  ['millions of elements', 'odt', () => odt(withBody('<text:p/>'.repeat(3_000_000))), heavy],
  ['a text with a password', 'odt', () => odt('xx', '<manifest:manifest><manifest:encryption-data/></manifest:manifest>'), locked],
  [
    'a book that its shop locked',
    'epub',
    () => book(['xx'], '<itemref idref="c0"/>', [{ name: 'META-INF/encryption.xml', data: encrypted }]),
    locked,
  ],
  ['a book without a package', 'epub', () => makeZip([{ name: 'a.xhtml', data: '<p>a</p>' }]), unreadable],
  ['a letter in 5,000 envelopes', 'eml', () => nested(5000), unreadable],
  ['half of a text', 'odt', () => document('tides.odt').subarray(0, 9000), unreadable],
])('%s (%s) ends in a failure that says why', async (_name, kind, bytes, sentence) => {
  await expect(read(kind, bytes())).rejects.toMatchObject({ params: { sentence } })
})

test.each<[string, FileKind, () => Buffer | string]>([
  ['a text with entities', 'odt', () => odt(withBody('<text:p>safe &b;&c;</text:p>'))],
  ['a book with entities', 'epub', () => book([`${laugh}<html><body><p>safe &b;&c;</p></body></html>`], '<itemref idref="c0"/>')],
  ['a text of a million groups', 'rtf', () => `{\\rtf1 safe ${'{'.repeat(1_000_000)}`],
])('%s (%s) opens no file and grows into nothing, read or refused', async (_name, kind, bytes) => {
  const ended = await read(kind, bytes()).then(
    ({ sections }) => sections.map(({ text }) => text).join(''),
    (error: { code: string }) => error.code,
  )
  expect(ended).not.toMatch(/root:|haha/)
  expect(ended).toMatch(/safe|invalid_request/)
})
