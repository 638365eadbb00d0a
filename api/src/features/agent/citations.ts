import type { Citation } from '@jarvis/contracts/chat.ts'
import type { FilePlace } from '#lib/run-step.ts'

export type { FilePlace } from '#lib/run-step.ts'
type Source = { title: string; url: string }
export type Citations = ReturnType<typeof createCitations>

const numbered = /^\[\d+\] (.*)\n(https?:\/\/\S+)$/gm
const numberedPlace = /^\[(\d{1,3})\] (.*):$/gm

/** How a place is named where a tool lists it. */
export const labelOf = ({ title, page }: Pick<FilePlace, 'title' | 'page'>) => (page === null ? title : `${title}, page ${page}`)

/** Numbers what an answer may cite as its readers see it: pages of the web and passages of files, each once, in the order in which they came. */
export function createCitations() {
  const all: Citation[] = []
  const numbers = new Map<string, number>()
  const add = (key: string, citation: Omit<Citation, 'n'>): number => {
    const known = numbers.get(key)
    if (known !== undefined) return known
    const n = all.length + 1
    all.push({ n, ...citation })
    numbers.set(key, n)
    return n
  }
  const numberOfPage = ({ title, url }: Source) => add(url, { kind: 'web', title, url })
  const numberOf = (place: FilePlace) => add(`${place.fileId}:${place.position}`, { kind: 'file', ...place })

  /** A tool numbers its results from one; here they get their numbers in the answer, and a page that has none gets one. */
  function cite(content: string, sources: readonly Source[], places: readonly FilePlace[] = []): string {
    for (const place of places) numberOf(place)
    const placed =
      places.length === 0
        ? content
        : content.replace(numberedPlace, (line: string, digits: string, label: string) => {
            const place = places[Number(digits) - 1]
            return place && labelOf(place) === label ? `[${numberOf(place)}] ${label}:` : line
          })
    const pages = sources.filter(({ url }) => /^https?:\/\//i.test(url))
    const pageOf = new Map(pages.map((page) => [page.url, page]))
    for (const page of pages) numberOfPage(page)
    const told = placed.replace(numbered, (line: string, title: string, url: string) => {
      const page = pageOf.get(url)
      return page ? `[${numberOfPage(page)}] ${title}\n${url}` : line
    })
    const unnamed = pages.filter((page) => !told.includes(`[${numberOfPage(page)}] `) || !told.includes(`\n${page.url}`))
    return [...unnamed.map((page) => `[${numberOfPage(page)}] ${page.title}\n${page.url}`), told].join('\n\n')
  }

  return Object.assign(cite, {
    numberOf,
    /** The pages among these, with their numbers. */
    pagesOf: (sources: readonly Source[]): Citation[] => [...new Set(sources.flatMap(({ url }) => numbers.get(url) ?? []))].map((n) => all[n - 1]!),
    /** What a number leads to; null where it leads nowhere, undefined while there is nothing to cite. */
    known: (n: number): Citation | null | undefined => (all.length === 0 ? undefined : (all[n - 1] ?? null)),
  })
}
