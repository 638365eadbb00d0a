import { z } from 'zod'
import { AppError } from './app-error.ts'

type Issue = z.core.$ZodRawIssue
type Failed = { issues: readonly { path: readonly PropertyKey[]; message: string }[] }
export type Fault = { path: string; message: string }

/**
 * What is wrong with a value, for people: each message goes on where the name of the field ends, as in "title must not be empty". From the
 * import of this file on every schema speaks so; a schema's own words go before these.
 */
z.config({ customError: (issue) => plainIssue(issue) })

export const faultsOf = ({ issues }: Failed): Fault[] => issues.map(({ path, message }) => ({ path: path.join('.'), message }))

/** A fault as a sentence without its full stop. `whole` is the name of the value itself. */
export const sayFault = ({ path, message }: Fault, whole: string): string => `${path || whole} ${message}`

/** A request refused for its faults, the first of which is the sentence. */
export const badRequest = (errors: [Fault, ...Fault[]], whole: string): AppError =>
  new AppError('invalid_request', `${sayFault(errors[0], whole)}.`, { errors })

/** One line a fault, for a list of them. */
export const linesOfFaults = (error: Failed, whole = ''): string[] =>
  faultsOf(error).map(({ path, message }) => [path || whole, message].filter(Boolean).join(': '))

function plainIssue(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${nameOf(issue.expected)}`
    case 'invalid_value':
      return `${issue.input === undefined ? 'is missing: it ' : ''}must be ${choiceOf(issue.values)}`
    case 'too_small':
      return boundOf(issue, issue.minimum, issue.inclusive === false ? 'more than' : 'at least')
    case 'too_big':
      return boundOf(issue, issue.maximum, issue.inclusive === false ? 'less than' : 'at most')
    case 'invalid_format':
      return formOf(issue)
    case 'not_multiple_of':
      return issue.divisor === 1 ? 'must be a whole number' : `must be a multiple of ${issue.divisor}`
    case 'unrecognized_keys':
      return `must not have the ${issue.keys.length === 1 ? 'field' : 'fields'} ${listOf(issue.keys, 'and')}: there is nothing of that name here`
    case 'invalid_union':
      return unionOf(issue)
    case 'invalid_key':
      return 'has a name in it that is not valid'
    case 'invalid_element':
      return 'has a value in it that is not valid'
    case 'custom':
      return 'is not valid'
  }
}

const names: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  set: 'a list',
  object: 'an object',
  record: 'an object',
  map: 'an object',
  null: 'null',
  date: 'a time',
  undefined: 'left out',
  never: 'left out',
}
const nameOf = (expected: string) => names[expected] ?? expected

const forms: Record<string, string> = {
  email: 'an email address',
  url: 'a URL',
  uuid: 'a UUID',
  datetime: 'a time such as 2026-01-31T12:00:00Z',
  date: 'a day such as 2026-01-31',
  time: 'a time of day such as 12:00:00',
  duration: 'a duration such as PT1H',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  base64: 'text in base64',
  base64url: 'text in base64url',
  json_string: 'JSON',
}

function formOf(issue: Extract<Issue, { code: 'invalid_format' }>): string {
  const { format, prefix, suffix, includes, pattern } = issue as typeof issue & Record<string, unknown>
  if (format === 'starts_with') return `must begin with ${JSON.stringify(prefix)}`
  if (format === 'ends_with') return `must end with ${JSON.stringify(suffix)}`
  if (format === 'includes') return `must contain ${JSON.stringify(includes)}`
  if (format === 'regex') return `must match the pattern ${String(pattern)}`
  return `must be ${forms[format] ?? `text of the format ${format}`}`
}

type Sized = Extract<Issue, { code: 'too_small' | 'too_big' }>
const units: Record<string, string> = { string: 'character', array: 'item', tuple: 'item', set: 'item', map: 'item', object: 'field', file: 'byte' }

function boundOf(issue: Sized, bound: number | bigint, how: string): string {
  const unit = units[issue.origin]
  if (issue.origin === 'date')
    return `must be ${issue.code === 'too_small' ? 'no earlier' : 'no later'} than ${new Date(Number(bound)).toISOString()}`
  const measure = issue.exact ? 'exactly' : how
  if (unit === undefined) return `must be ${measure} ${bound}`
  if (issue.code === 'too_small' && Number(bound) === 1 && !issue.exact) return 'must not be empty'
  return `must have ${measure} ${bound} ${unit}${Number(bound) === 1 ? '' : 's'}`
}

/** Of several shapes the one that was meant, if that is clear: the only one of this type, and what is wrong in it. Else what it may be. */
function unionOf(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const { errors, options } = issue as typeof issue & { options?: z.core.util.Primitive[] }
  if (options && options.length > 0) return `must be ${choiceOf(options)}`
  const within = errors.filter(([first]) => first && (first.path.length > 0 || first.code !== 'invalid_type'))
  const [fault] = within.length === 1 ? within[0]! : []
  if (fault) return fault.path.length > 0 ? `has a fault at ${fault.path.join('.')}, which ${fault.message}` : fault.message
  if (issue.input === undefined) return 'is missing'
  const types = errors.flatMap(([first]) => (first?.code === 'invalid_type' && first.path.length === 0 ? [nameOf(first.expected)] : []))
  return types.length > 0 && types.length === errors.length ? `must be ${[...new Set(types)].join(' or ')}` : 'has none of the forms that it may have'
}

const choiceOf = (values: readonly z.core.util.Primitive[]) => listOf(values, 'or')

function listOf(values: readonly z.core.util.Primitive[], last: string): string {
  const shown = values.map((value) => (typeof value === 'string' ? JSON.stringify(value) : String(value)))
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} ${last} ${shown.at(-1)}`
}
