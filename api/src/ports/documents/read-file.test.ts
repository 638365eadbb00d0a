import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { makePdf, makePdfBomb } from '../../../../simulators/web/pdf.ts'
import { makeZip } from '#test/make-zip.ts'
import { createLog } from '#lib/log.ts'
import { signalProcess } from '#ports/children/process-id.ts'
import { createIsolation } from '#ports/sandbox/index.ts'
import { type FileKind, readFile } from './index.ts'

const { signal } = new AbortController()
const isolation = createIsolation({ log: createLog('silent') })
// Written by LibreOffice 7.4, but for the sources that say otherwise.
const document = (name: string) => readFileSync(new URL(`../../../test/fixtures/documents/${name}`, import.meta.url))
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
const read = (kind: FileKind, bytes: Buffer | string, timeoutMs?: number) => readFile(isolation, kind, Buffer.from(bytes), signal, timeoutMs)

test('a Word document is its text, under its headings', async () => {
  const { sections, pages } = await read('docx', document('tides.docx'))
  expect(pages).toBeNull()
  expect(sections.map(({ heading }) => heading)).toEqual(['Tides of Cuxhaven', 'Gauge', 'Keeper', '日本語'])
  expect(sections[0]!.text).toContain('Die höchste Flut war am 6. Januar 1976.')
  expect(sections[1]!.text).toMatch(/- Spring tide: 3\.4 m\s+- Neap tide: 2\.6 m/)
  expect(sections[1]!.text).toContain('Month | High\nMarch | 4.11')
  expect(sections[3]!.text).toContain('潮位は毎日三回記録されます。')
})

test('a PDF is its text, page by page', async () => {
  const { sections, pages, emptyPages } = await read('pdf', document('tides.pdf'))
  expect([pages, emptyPages]).toEqual([3, []])
  expect(sections.find(({ page }) => page === 2)!.text).toContain('Ottilie Brandt')
})

test('pages that are pictures are counted', async () => {
  expect(await read('pdf', makePdf(['The report begins here', '', '']))).toMatchObject({ pages: 3, emptyPages: [2, 3], sections: [{ page: 1 }] })
})

test('a sheet is its rows, with dates as people write them, and a presentation its slides', async () => {
  const sheet = await read('sheets', document('tides.xlsx'))
  expect(sheet.sections).toEqual([
    { page: null, heading: 'tides', text: 'Station,Day,High (m)\nCuxhaven,2026-03-01,4.11\nHelgoland,2026-03-02,3.05' },
  ])
  const slides = await read('pptx', document('tides.pptx'))
  expect(slides).toMatchObject({ pages: 2, sections: [{ page: 1 }, { page: 2, heading: 'The budget is 1417 crowns' }] })
  expect(slides.sections[1]!.text).toBe('The budget is 1417 crowns\nSpent on ropes')
})

test('a page is what a person reads of it, and Markdown has its headings', async () => {
  const page =
    '<html><head><title>T</title><style>p{}</style></head><body><p>One<script>two()</script></p><h2>Three</h2><div>four</div></body></html>'
  expect((await read('html', page)).sections).toEqual([
    { page: null, heading: 'T', text: 'One' },
    { page: null, heading: 'Three', text: '## Three\n\nfour' },
  ])
  const { sections } = await read('markdown', 'Intro\n# One\n```\n# no heading\n```\n## Two\nend')
  expect(sections.map(({ heading }) => heading)).toEqual([null, 'One', 'Two'])
  expect(sections.map(({ text }) => text).join('')).toBe('Intro\n# One\n```\n# no heading\n```\n## Two\nend\n')
})

test('text of older encodings is text', async () => {
  expect((await read('text', Buffer.from('Stra\xdfe \x80', 'latin1'))).sections[0]!.text).toBe('Straße €')
  expect((await read('text', Buffer.from('\ufeffBreite', 'utf16le'))).sections[0]!.text).toBe('Breite')
})

const docx = (xml: string) =>
  makeZip([
    { name: '[Content_Types].xml', data: '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>' },
    { name: 'word/document.xml', data: xml },
  ])
const laugh = `<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&b;&c;</w:t></w:r></w:p></w:body></w:document>`

test.each<[string, FileKind, () => Buffer, string, number?]>([
  ['one that is cut off', 'docx', () => document('tides.docx').subarray(0, 3000), 'invalid_request.file_unreadable'],
  ['letters', 'pdf', () => Buffer.from('%PDF-1.7 and nothing'), 'invalid_request.file_unreadable'],
  ['a password', 'pdf', () => document('locked.pdf'), 'invalid_request.file_encrypted'],
  ['entities that lead to others and to files', 'docx', () => docx(laugh), 'invalid_request.file_unreadable'],
  ['what would be 300 MB', 'docx', () => docx(' '.repeat(300_000_000)), 'invalid_request.file_too_heavy'],
  ['a page that is drawn for ever', 'pdf', makePdfBomb, 'invalid_request.file_too_heavy', 3000],
])('%s ends in a failure that says why', async (_name, kind, bytes, sentence, timeoutMs) => {
  await expect(read(kind, bytes(), timeoutMs)).rejects.toMatchObject({ params: { sentence } })
})

test('a reader that is killed ends in a failure that says so, and the next file is read', async () => {
  const reading = read('pdf', makePdfBomb())
  const mine = new Set([process.pid])
  const parentOf = (pid: number) => Number(readProc(pid, 'stat').split(') ').at(-1)!.split(' ')[1])
  await expect
    .poll(
      () => {
        for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) if (mine.has(parentOf(pid))) mine.add(pid)
        const found = [...mine].filter((pid) =>
          readProc(pid, 'cmdline')
            .split('\0')
            .some((word) => word.endsWith('/file-reader.ts')),
        )
        for (const pid of found.toReversed()) signalProcess(pid, 'SIGKILL')
        return found.length
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0)
  await expect(reading).rejects.toMatchObject({ params: { sentence: 'invalid_request.file_too_heavy' } })
  expect((await read('text', 'Next')).sections[0]!.text).toBe('Next')
})

test('a page of a hundred thousand nested elements is read, or refused, and harms nobody', async () => {
  const ended = await read('html', `${'<div>'.repeat(100_000)}deep`).then(
    ({ sections }) => sections[0]?.text,
    (error: { code: string }) => error.code,
  )
  expect(['deep', 'invalid_request']).toContain(ended)
})
