import { afterAll, beforeAll, expect, test } from 'vitest'
import { askLibrary, documentsOf } from '#eval-files.ts'
import { filesFigures, recallOf } from '#features/files/index.ts'
import { startTestApp, type TestApp } from './test-app.ts'

const folder = new URL('./fixtures/documents/library', import.meta.url).pathname
let app: TestApp
beforeAll(async () => void (app = await startTestApp()))
afterAll(() => app[Symbol.asyncDispose]())

test('the library has at least 60 documents in eight languages, with at least 150 questions', () => {
  const documents = documentsOf(folder)
  expect(documents.length).toBeGreaterThanOrEqual(60)
  expect(new Set(documents.map(({ language }) => language)).size).toBe(8)
  expect(documents.flatMap(({ questions }) => questions).length).toBeGreaterThanOrEqual(150)
})

test('the right page is among the first five hits for at least 90 % of questions, in each language, a pair of scans among the documents', async () => {
  // All documents but most scans, which take half a minute each: `npm run eval -- files` reads them too.
  const documents = documentsOf(folder).filter(({ program, language }) => program !== 'scan' || ['en', 'zh'].includes(language))
  const { user } = await app.signUp()
  const answered = await askLibrary({ files: app.files, ownerId: user.id, folder, documents })
  expect(answered.length).toBeGreaterThanOrEqual(150)
  expect(recallOf(answered), filesFigures(answered)).toBeGreaterThanOrEqual(0.9)
  for (const [language, mine] of Map.groupBy(answered, (one) => one.language))
    expect(recallOf(mine), `${language}\n${filesFigures(mine)}`).toBeGreaterThanOrEqual(0.85)
}, 600_000)
