type Source = { title: string; url: string }

const numbered = /^\[\d+\] (.*)\n(https?:\/\/\S+)$/gm

/** Numbers an answer's sources as its readers see them: web pages only, each once, in the order of the `sources` events. */
export function createCitations() {
  const urls: string[] = []
  const numberOf = (url: string) => (urls.includes(url) ? urls.indexOf(url) : urls.push(url) - 1) + 1

  /** A tool numbers its results from one; here they get their numbers in the answer, and a page that has none gets one. */
  return (content: string, sources: readonly Source[]): string => {
    const pages = sources.filter(({ url }) => /^https?:\/\//i.test(url))
    for (const { url } of pages) numberOf(url)
    const told = content.replace(numbered, (line: string, title: string, url: string) =>
      pages.some((page) => page.url === url) ? `[${numberOf(url)}] ${title}\n${url}` : line,
    )
    const unnamed = pages.filter(({ url }) => !told.includes(`[${numberOf(url)}] `) || !told.includes(`\n${url}`))
    return [...unnamed.map(({ title, url }) => `[${numberOf(url)}] ${title}\n${url}`), told].join('\n\n')
  }
}
