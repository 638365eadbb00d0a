const kept = 'jarvis.fragment'
const tokenIn = (fragment: string, name: string) => new URLSearchParams(fragment.slice(1)).get(name)

/** The secret of a link that somebody came by: behind the #, which browsers send to no server. */
export const linkToken = (name = 'token'): string => tokenIn(location.hash, name) ?? ''

/** Before a page to sign in: in the address of that page the secret would stand in a query, which servers see. It stays in this tab. */
export function keepFragment(): void {
  try {
    if (location.hash) sessionStorage.setItem(kept, location.hash)
  } catch {
    // The link is opened once more.
  }
}

/** The same, where its person had to sign in on the way. */
export const keptLinkToken = (name: string): string => tokenIn(location.hash, name) ?? tokenIn(sessionStorage.getItem(kept) ?? '', name) ?? ''

export const dropFragment = (): void => sessionStorage.removeItem(kept)
