import type { Environment } from './environment.ts'
import { mailOf } from './mail.ts'

/** `hosts`: where alone messages go. `contact`: who runs this, as push services ask for it. */
export type PushConfig = { hosts: string[]; contact: string }

export function pushOf(env: Environment, publicUrl: string): PushConfig | undefined {
  if (env.WEB_PUSH === 'off') return undefined
  return { hosts: env.WEB_PUSH_HOSTS, contact: publicUrl.startsWith('https:') ? publicUrl : `mailto:${mailOf(env, publicUrl).from.address}` }
}
