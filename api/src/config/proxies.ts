import type { Environment } from './environment.ts'

/** https without a proxy of its own takes the one for http. `none` is what is dialled directly, as NO_PROXY has it. */
export type Proxies = { http: string | undefined; https: string | undefined; none: string }

const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']

/** Programs of every kind read these in small letters, and many read them so first. */
export function lowerCaseToo(set: Record<string, string>): Record<string, string> {
  const small = names.flatMap((name) => (set[name.toLowerCase()] ? [[name, set[name.toLowerCase()]]] : []))
  return { ...set, ...Object.fromEntries(small) }
}

/** What the operator named is handed to the proxy by its name: it may be known to nobody else. */
export function proxiesOf(env: Environment): { proxies: Proxies; namesToProxy: string[] } {
  const searched = [env.SEARCH_URL, env.SEARXNG_URL, env.SEARCH_API_URL].flatMap((url) => (url ? [new URL(url).hostname] : []))
  const opened = env.EGRESS_ALLOW_HOSTS.map((host) => host.replace(/:\d+$/, ''))
  return {
    proxies: { http: env.HTTP_PROXY, https: env.HTTPS_PROXY, none: env.NO_PROXY },
    namesToProxy: env.EGRESS_RESOLVER === 'proxy' ? ['*'] : [...searched, ...opened],
  }
}
