import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Plugin, Rolldown } from 'vite'

type Options = {
  /** The worker's source. */
  file: string
  /** The folder of the app's own modules. Their scripts are kept for when there is no network. */
  src: string
  /** Modules whose scripts are kept when they are first used only, as folders and names below `src`. */
  later: readonly string[]
}

/** Writes `sw.js`: the worker, under the list of files that it keeps and a name that is another one whenever anything of the build is. */
export function serviceWorker({ file, ...own }: Options): Plugin {
  return {
    name: 'jarvis:service-worker',
    apply: 'build',
    generateBundle(_, bundle) {
      const source = readFileSync(file, 'utf8')
      const version = createHash('sha256').update(source).update(Object.keys(bundle).sort().join()).digest('hex').slice(0, 12)
      const files = shellOf(bundle, own)
      const head = `const appVersion = ${JSON.stringify(version)}\nconst appShell = ${JSON.stringify(files)}\n`
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: head + source })
    },
  }
}

function shellOf(bundle: Rolldown.OutputBundle, { src, later }: Omit<Options, 'file'>): string[] {
  const isOwn = (id: string) => id.startsWith(src) && !later.some((part) => id.startsWith(src + part))
  const found = new Set(Object.values(bundle).filter((file) => file.type === 'chunk' && file.moduleIds.some(isOwn)) as Rolldown.OutputChunk[])
  for (const { imports } of found)
    for (const name of imports) {
      const chunk = bundle[name]
      if (chunk?.type === 'chunk') found.add(chunk)
    }
  const styles = Object.keys(bundle).filter((name) => /^assets\/entry-.*\.css$/.test(name))
  return [...[...found].map(({ fileName }) => fileName), ...styles].map((name) => `/${name}`).sort()
}
