import { type ReadText, type Section, charactersMax } from './section.ts'

/** A page with less is a picture, as a rule. */
const fewCharacters = 8

export async function openPdf(data: Buffer, library: string) {
  const { getDocument } = await import('pdfjs-dist/legacy/build/pdf.mjs')
  return await getDocument({
    data: new Uint8Array(data),
    // Without these, Chinese and Japanese without embedded fonts is lost.
    cMapUrl: `${library}/cmaps/`,
    cMapPacked: true,
    standardFontDataUrl: `${library}/standard_fonts/`,
    wasmUrl: `${library}/wasm/`,
    disableFontFace: true,
    useSystemFonts: false,
    verbosity: 0,
  }).promise
}

export async function readPdf(data: Buffer, library: string, pagesMax = 2000): Promise<ReadText> {
  const pdf = await openPdf(data, library)
  const sections: Section[] = []
  const emptyPages: number[] = []
  let characters = 0
  for (let number = 1; number <= Math.min(pdf.numPages, pagesMax) && characters < charactersMax; number++) {
    const page = await pdf.getPage(number)
    const { items } = await page.getTextContent()
    const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')
    page.cleanup()
    if (text.trim().length < fewCharacters) emptyPages.push(number)
    characters += text.length
    sections.push({ page: number, heading: null, text })
  }
  return { sections, pages: pdf.numPages, emptyPages }
}
