import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Plugin } from 'vite'

type Address = { method: string; url: string }
const addresses = new Map<string, Address>(Object.entries(endpoints))

/**
 * Writes the method and url of an endpoint where it is called. Through the object of all endpoints the script that everybody waits for would hold
 * those of every page.
 */
export function ownEndpoints(): Plugin {
  return {
    name: 'jarvis:own-endpoints',
    apply: 'build',
    transform: {
      filter: { id: /\/web\/src\/.*\.tsx?$/, code: '@jarvis/contracts/endpoints.ts' },
      handler(code) {
        return { code: code.replace(/(?<![/\w])endpoints\.(\w+)/g, (_, name: string) => written(name)), map: null }
      },
    },
  }
}

function written(name: string): string {
  const found = addresses.get(name)
  if (!found) throw new Error(`The contract has no endpoint ${name}`)
  const { method, url } = found
  return `(${JSON.stringify({ method, url })})`
}
