import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const createIcon = fileURLToPath(new URL('../src/ui/svg-icon.ts', import.meta.url))

/**
 * Imports each icon from its own file, without what an icon does not need to be drawn. Through the library's index every page would depend on the
 * icons of all the others, and the script that everybody waits for would hold them all.
 */
export function leanIcons(): Plugin {
  let files: Map<string, string> | undefined
  return {
    name: 'jarvis:lean-icons',
    apply: 'build',
    enforce: 'pre',
    transform: {
      filter: { id: /\/web\/src\/.*\.tsx?$|\/lucide-react\/dist\/esm\/icons\// },
      handler(code, id) {
        if (!id.includes('/lucide-react/')) return code.replace(/import \{([^}]*)\} from 'lucide-react'/g, (_, names: string) => imports(names))
        const drawn = code.replace(
          "import createLucideIcon from '../createLucideIcon.mjs'",
          `import { createIcon as createLucideIcon } from '${createIcon}'`,
        )
        return drawn.replace(/, key: "\w+"/g, '').replace('__iconData.node;', '')
      },
    },
  }

  function imports(names: string): string {
    files ??= filesOf(readFileSync(new URL('../lucide-react.mjs', import.meta.resolve('lucide-react/icons/x')), 'utf8'))
    return names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '))
      .map((name) => {
        const file = files!.get(name)
        if (!file) throw new Error(`lucide-react has no icon ${name}`)
        return `import ${name} from 'lucide-react/icons/${file}'`
      })
      .join('; ')
  }
}

/** Each name that the library's index has, with the file that it comes from. */
function filesOf(index: string): Map<string, string> {
  const lines = [...index.matchAll(/export \{([^}]*)\} from '\.\/icons\/([a-z0-9-]+)\.mjs'/g)]
  return new Map(lines.flatMap(([, names = '', file = '']) => [...names.matchAll(/default as (\w+)/g)].map(([, name = '']) => [name, file] as const)))
}
