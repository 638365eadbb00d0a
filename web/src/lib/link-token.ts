/** The secret of a link that somebody came by: behind the #, which browsers send to no server. */
export const linkToken = (name = 'token'): string => new URLSearchParams(location.hash.slice(1)).get(name) ?? ''
