import { parse } from 'scim2-parse-filter'
import { z } from 'zod'
import { scimBad } from './scim-error.ts'

/** Members never pass through a library that looks at each of them: a change of a group is some sets. */
export type MemberChange = { kind: 'add' | 'remove' | 'replace'; ids: string[] }
export type GroupChange = { displayName?: string; externalId?: string | null; members: MemberChange[] }

const operationsMax = 1000
const textMax = 250
const core = /^urn:ietf:params:scim:schemas:core:2\.0:Group:/i
const ops = ['add', 'remove', 'replace'] as const
type Op = (typeof ops)[number]

const Uuid = z.uuid()
const Text = z.string().trim().min(1).max(textMax)
const Patch = z.object({
  Operations: z
    .array(z.object({ op: z.string(), path: z.string().max(400).nullish(), value: z.unknown().optional() }))
    .min(1)
    .max(operationsMax),
})

/** Ids of members, each once. What is no id of ours is nobody's. */
export function memberIds(value: unknown): string[] {
  if (value === undefined || value === null) return []
  const all = [value].flat().map((member) => (typeof member === 'string' ? member : (member as { value?: unknown } | null)?.value))
  return [
    ...new Set(
      all.map((id) => {
        if (typeof id !== 'string') throw scimBad('invalidValue', 'A member needs a value.')
        return id.toLowerCase()
      }),
    ),
  ].filter((id) => Uuid.safeParse(id).success)
}

export function groupText(value: unknown, name: string): string {
  const read = Text.safeParse(value)
  if (!read.success) throw scimBad('invalidValue', `${name} must be a text of at most ${textMax} characters.`)
  return read.data
}

/** @throws ScimError */
export function groupChange(body: unknown): GroupChange {
  const read = Patch.safeParse(body)
  if (!read.success) throw scimBad('invalidSyntax', 'Operations are missing, too many, or none.', read.error)
  const change: GroupChange = { members: [] }
  for (const { op: given, path, value } of read.data.Operations) {
    const op = ops.find((each) => each === given.toLowerCase())
    if (!op) throw scimBad('invalidSyntax', `There is no operation ${given.slice(0, 20)}.`)
    if (path) set(change, path, op, value)
    else if (op === 'remove' || typeof value !== 'object' || value === null || Array.isArray(value)) throw scimBad('noTarget', 'This needs a path.')
    else for (const [key, each] of Object.entries(value)) set(change, key, op, each)
  }
  return change
}

function set(change: GroupChange, path: string, op: Op, value: unknown): void {
  if (/^members\[/i.test(path)) {
    if (op !== 'remove') throw scimBad('mutability', 'A member is added or removed, and not changed.')
    change.members.push({ kind: 'remove', ids: memberIds(filteredMember(path)) })
    return
  }
  switch (path.replace(core, '').toLowerCase()) {
    case 'displayname':
      if (op === 'remove') throw scimBad('mutability', 'A group keeps a name.')
      change.displayName = groupText(value, 'displayName')
      return
    case 'externalid':
      change.externalId = op === 'remove' ? null : groupText(value, 'externalId')
      return
    case 'members':
      // Without a value all of them go.
      if (op === 'remove' && memberIds(value).length === 0) change.members.push({ kind: 'replace', ids: [] })
      else change.members.push({ kind: op, ids: memberIds(value) })
      return
    case 'id':
    case 'schemas':
    case 'meta':
      // Okta repeats them.
      return
    default:
      throw scimBad('invalidPath', `There is no ${path.slice(0, 60)}.`)
  }
}

/** As Okta removes one: `members[value eq "…"]`. */
function filteredMember(path: string): string {
  try {
    const filter = parse(path.replace(/\](?:\.\w{1,20})?$/, ']'))
    if (filter.op === '[]' && filter.valFilter.op === 'eq' && filter.valFilter.attrPath.toLowerCase() === 'value') {
      const { compValue } = filter.valFilter
      if (typeof compValue === 'string') return compValue
    }
  } catch (cause) {
    throw scimBad('invalidPath', 'The filter of members is none.', cause)
  }
  throw scimBad('invalidFilter', 'Members are named by value eq "…".')
}
