type Described = { name?: string; code?: string | undefined; message: string; stack?: string | undefined; cause?: unknown }

const causesMax = 8
const issuesMax = 5

/**
 * What a log may hold of an error: its kind, its code, what it says without the words of a person, and where it was thrown. A driver's error
 * carries the query that failed and its values, in the message and again in the stack.
 */
export function describeError(error: unknown, depth = 0): Described {
  if (!(error instanceof Error)) return { message: typeof error === 'string' ? lineOf(error) : typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const cause = error.cause && depth < causesMax ? { cause: describeError(error.cause, depth + 1) } : {}
  return { name: error.name, code, message: sayingOf(error), stack: framesOf(error), ...cause }
}

/** Of a refusal its code and where: what it says may quote who asked. */
export function describeRefusal(error: Error): Pick<Described, 'code' | 'stack'> {
  const { code, stack } = describeError(error)
  return { code, stack }
}

/** An error in one line, its causes behind it. */
export function sayError(error: unknown): string {
  const { message, cause } = describeError(error)
  return cause ? `${message}: ${(cause as Described).message}` : message
}

/** PostgreSQL quotes the value that it did not take, in what it says of data (22), of constraints (23) and where our triggers speak. */
const namesValues = /^(22|23|P0)[0-9A-Z]{3}$/

type Issue = { code: string; path: PropertyKey[] }

/** Where a value was not as it should be, and how; the message of such an error is JSON over many lines, and names keys. */
function issuesOf(error: Error): string | undefined {
  if (!/^\$?ZodError$/.test(error.name) || !('issues' in error) || !Array.isArray(error.issues)) return undefined
  const placeOf = ({ path }: Issue) => path.map((key) => (/^[\w$-]{1,40}$/.test(String(key)) ? String(key) : '?')).join('.') || 'the value'
  return (error.issues as Issue[])
    .slice(0, issuesMax)
    .map((issue) => `${issue.code} at ${placeOf(issue)}`)
    .join('; ')
}

function sayingOf(error: Error): string {
  const issues = issuesOf(error)
  if (issues !== undefined) return issues
  const line = lineOf(error.message)
  const quotes = error instanceof SyntaxError || namesValues.test(String((error as { code?: unknown }).code))
  return quotes ? line.split(/["':]/, 1)[0]!.trim() : line
}

/** Database drivers append the failing query and its parameters. */
const lineOf = (message: string) => message.split('\n', 1)[0]!

const header = /^[\w$.]{1,100}(?: \[\w{1,100}\])?(?:: |(?=\n|$))/

/** The frames alone. A stack begins with the message as it was made, whose lines may look like frames: one that begins otherwise is left out. */
function framesOf({ stack = '', message }: Error): string | undefined {
  const rest = stack.slice(header.exec(stack)?.[0].length ?? 0)
  if (!rest.startsWith(message)) return undefined
  const frames = rest.slice(message.length).split('\n').slice(1)
  return frames.map((line) => line.trim()).join('\n')
}
