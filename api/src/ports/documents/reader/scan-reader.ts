import { Console } from 'node:console'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { openPdf } from './pdf.ts'

// A program of its own: a picture or a PDF of pictures comes in, the text that is seen in it goes out. It imports nothing of ours but what is
// beside it. No data is fetched: each script's is in a package.

const [packages, library, scripts, pages] = process.argv.slice(2) as [string, string, string, string]
/** Beyond this a page says nothing more, and takes longer. */
const pixelsMax = 8_000_000
const dotsPerInch = 200
/** In percent, as the library has it: this sure of a script, no other is tried; less sure than that, there is no text. */
const sure = 80
const unsure = 55

const core: string = 'tesseract.js-core/tesseract-core-simd-lstm.js'
/** Less is a stroke that looks like a sign. */
const lettersMin = 3
const hasText = (text: string) => (text.match(/[\p{L}\p{N}]/gu) ?? []).length >= lettersMin

/** What the library is asked; it has no types. */
type Reader = {
  Init(path: null, languages: string, engine: number): number
  SetImageFile(orientation: number, angle: number): number
  Recognize(monitor: null): number
  GetUTF8Text(): string
  MeanTextConf(): number
}
type Library = { TessBaseAPI: new () => Reader; FS: { writeFile(path: string, data: Uint8Array): void } }

/** The library sets words apart with spaces, also where nobody writes any. */
const unspaced = (text: string) =>
  text.replace(/([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}、。]) (?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}、。])/gu, '$1')

/** One script after another, the one that the page before had first. */
async function createSeer() {
  const { default: load } = (await import(core)) as { default(options: object): Promise<Library> }
  const { TessBaseAPI, FS } = await load({ print: () => undefined, printErr: () => undefined })
  const readers = new Map<string, Reader>()
  function readerOf(script: string): Reader {
    const known = readers.get(script)
    if (known) return known
    for (const language of script.split('+'))
      FS.writeFile(
        `${language}.traineddata`,
        gunzipSync(readFileSync(`${packages}/@tesseract.js-data/${language}/4.0.0_best_int/${language}.traineddata.gz`), {
          maxOutputLength: 64 * 1024 * 1024,
        }),
      )
    const reader = new TessBaseAPI()
    if (reader.Init(null, script, 1) !== 0) throw new Error(`There is no data of ${script}.`)
    readers.set(script, reader)
    return reader
  }
  let order = scripts.split(',')

  return function see(picture: Uint8Array): string {
    FS.writeFile('/input', picture)
    let best = { text: '', confidence: unsure }
    for (const script of order) {
      const reader = readerOf(script)
      if (reader.SetImageFile(1, 0) !== 0) return ''
      reader.Recognize(null)
      const text = unspaced(reader.GetUTF8Text().trim())
      const confidence = reader.MeanTextConf()
      if (hasText(text) && confidence > best.confidence) {
        best = { text, confidence }
        order = [script, ...order.filter((one) => one !== script)]
      }
      // A picture in which the first finds nothing at all has no text.
      if (confidence >= sure || text === '') break
    }
    return best.text
  }
}

async function* picturesOf(data: Buffer): AsyncGenerator<{ page: number | null; picture: Uint8Array }> {
  if (pages === '') return yield { page: null, picture: data }
  const pdf = await openPdf(data, library)
  for (const number of pages.split(',').map(Number)) {
    const page = await pdf.getPage(number)
    const { width, height } = page.getViewport({ scale: 1 })
    const scale = Math.min(dotsPerInch / 72, Math.sqrt(pixelsMax / (width * height)))
    const viewport = page.getViewport({ scale })
    const factory = pdf.canvasFactory as { create(width: number, height: number): { canvas: HTMLCanvasElement & { toBuffer(type: string): Buffer } } }
    const { canvas } = factory.create(viewport.width, viewport.height)
    await page.render({ canvas, viewport }).promise
    yield { page: number, picture: canvas.toBuffer('image/png') }
    page.cleanup()
  }
}

globalThis.console = new Console(process.stderr)
const parts: Buffer[] = []
for await (const part of process.stdin) parts.push(part as Buffer)
const see = await createSeer()
const seen: { page: number | null; text: string }[] = []
for await (const { page, picture } of picturesOf(Buffer.concat(parts)))
  seen.push({ page, text: see(picture).toWellFormed().replaceAll('\u0000', '') })
process.stdout.write(JSON.stringify({ seen }), () => process.exit(0))
