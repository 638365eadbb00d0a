import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Environment } from './environment.ts'

/** `remote`: a browser service of ours, by the DevTools protocol. */
export type BrowserConfig =
  | { kind: 'none' }
  | { kind: 'local'; executable: string; sandbox: boolean; contextsMax: number }
  | { kind: 'remote'; url: string; contextsMax: number }

const chromiumNames = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

export function browserOf(env: Environment, path = ''): BrowserConfig {
  const contextsMax = env.BROWSER_CONTEXTS_MAX
  if (contextsMax === 0) return { kind: 'none' }
  if (env.BROWSER_CDP_URL) return { kind: 'remote', url: env.BROWSER_CDP_URL, contextsMax }
  const executable =
    env.BROWSER_EXECUTABLE ??
    path
      .split(delimiter)
      .flatMap((folder) => chromiumNames.map((name) => join(folder, name)))
      .find(isProgram)
  return executable ? { kind: 'local', executable, sandbox: sandboxOf(env), contextsMax } : { kind: 'none' }
}

/** Chromium does not start with its sandbox for root. */
const sandboxOf = (env: Environment) => (env.BROWSER_SANDBOX ?? (process.getuid?.() === 0 ? 'off' : 'on')) === 'on'

export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
