import type { Plugin } from 'vite'

/** Takes what letters say out of the languages: the page says none of it. */
export function ownWords(): Plugin {
  return {
    name: 'jarvis:own-words',
    enforce: 'pre',
    transform: {
      filter: { id: /\/contracts\/src\/words\/\w+\.json$/ },
      handler(code) {
        const { letters: _, ...words } = JSON.parse(code) as Record<string, unknown>
        return { code: JSON.stringify(words), map: null }
      },
    },
  }
}
