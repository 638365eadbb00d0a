import { brotliCompressSync } from 'node:zlib'
import type { Plugin, Rolldown } from 'vite'

type Options = {
  /** Modules, as ends of their paths, that all have to be there before the page can be used; the entry is one by itself. */
  needs: readonly string[]
  /** The most that these and what they import may weigh on the wire, with Brotli, in bytes of scripts. */
  bytesMax: number
}

/** Ends the build when what people wait for has grown: nobody notices a kilobyte, and everybody notices a hundred of them. */
export function scriptBudget({ needs, bytesMax }: Options): Plugin {
  return {
    name: 'jarvis:script-budget',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
      const missing = needs.filter((end) => !chunks.some((chunk) => holds(chunk, end)))
      if (missing.length > 0) this.error(`No script has ${missing.join(', ')}`)
      const weighed = closure(
        bundle,
        chunks.filter((chunk) => chunk.isEntry || needs.some((end) => holds(chunk, end))),
      )
      const bytes = [...weighed].reduce((sum, { code }) => sum + brotliCompressSync(code).length, 0)
      const said = `Scripts before a conversation can be read and written: ${(bytes / 1000).toFixed(1)} kB of ${bytesMax / 1000} kB`
      if (bytes > bytesMax) this.error(said)
      this.info(said)
    },
  }
}

const holds = ({ moduleIds }: Rolldown.OutputChunk, end: string) => moduleIds.some((id) => id.endsWith(end))

function closure(bundle: Rolldown.OutputBundle, chunks: readonly Rolldown.OutputChunk[]): Set<Rolldown.OutputChunk> {
  const found = new Set(chunks)
  for (const { imports } of found)
    for (const name of imports) {
      const chunk = bundle[name]
      if (chunk?.type === 'chunk') found.add(chunk)
    }
  return found
}
