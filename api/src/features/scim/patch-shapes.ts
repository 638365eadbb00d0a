/** What the two large directories send beside RFC 7644, made regular before the library reads it. */

type Operation = { op?: unknown; path?: unknown; value?: unknown }
const entry = /^(emails|phoneNumbers|addresses)\[type eq "([^"\]]{1,60})"\]\.(\w{1,40})$/i

const asBoolean = (value: unknown) => (typeof value === 'string' && /^(?:true|false)$/i.test(value) ? value.toLowerCase() === 'true' : value)
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Entra writes booleans as texts, and a manager as a bare id. */
function mended(key: string, value: unknown): unknown {
  if (/(?:^|[.\]:])(?:active|primary)$/i.test(key)) return asBoolean(value)
  return /:manager$/i.test(key) && typeof value === 'string' ? { value } : value
}

export const regularUser = (body: unknown): unknown => (isObject(body) && 'active' in body ? { ...body, active: asBoolean(body['active']) } : body)

/** `now` is the resource as it is. */
export function regularPatch(body: unknown, now: Record<string, unknown>): unknown {
  if (!isObject(body) || !Array.isArray(body['Operations'])) return body
  return { ...body, Operations: body['Operations'].map((operation) => (isObject(operation) ? regular(operation, now) : operation)) }
}

function regular({ op: given, path: named, value }: Operation, now: Record<string, unknown>): Operation {
  const op = typeof given === 'string' ? given.toLowerCase() : given
  const path = typeof named === 'string' && named !== '' ? named : undefined
  if (path === undefined) {
    // Okta repeats the id.
    const own = isObject(value) ? Object.entries(value).filter(([key]) => !['id', 'schemas', 'meta'].includes(key)) : []
    return isObject(value) ? { op, value: Object.fromEntries(own.map(([key, each]) => [key, mended(key, each)])) } : { op, value }
  }
  const [, list = '', type = '', field = ''] = entry.exec(path) ?? []
  const there = Object.entries(now).find(([key]) => key === list)?.[1]
  const isThere = Array.isArray(there) && there.some((each) => isObject(each) && each['type'] === type)
  // Entra sets a field of an entry that is not there yet: the entry is made.
  if (list !== '' && op !== 'remove' && !isThere) return { op: 'add', path: list, value: [{ type, [field]: value }] }
  return { op, path, ...(value !== undefined && { value: mended(path, value) }) }
}
