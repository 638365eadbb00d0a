import type { MathNode } from 'mathjs'
import { AppError } from '#lib/app-error.ts'

const factorialMax = 1000

/** Arithmetic only: no assignments, no functions of one's own, nothing that loops. */
const functions = new Set(
  'abs acos asin atan atan2 cbrt ceil cos cosh exp fix floor gcd hypot lcm log log10 log2 max mean median min mod pow round sign sin sinh sqrt std sum tan tanh to variance'.split(
    ' ',
  ),
)
const constants = new Set(['pi', 'e', 'tau', 'phi', 'true', 'false'])

/** What an expression gives, as people write numbers. @throws invalid_request with a reason that a model can read */
export async function compute(expression: string): Promise<string> {
  const { math, parse } = await loadMath()
  try {
    const tree = parse(expression.replaceAll('×', '*').replaceAll('÷', '/').replaceAll('−', '-'))
    tree.traverse((node) => requireArithmetic(node))
    const value: unknown = tree.compile().evaluate()
    // Whole numbers in full, fractions to what a person reads.
    const precision = math.isBigNumber(value) && value.isInteger() ? 60 : 15
    return math.format(value, { precision, lowerExp: -9, upperExp: precision })
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const reason = cause instanceof Error ? cause.message : 'it is not arithmetic'
    throw new AppError('invalid_request', `"${expression}" cannot be computed: ${reason}`, { cause })
  }
}

let loaded: Promise<{ math: typeof import('mathjs'); parse: (expression: string) => MathNode }> | undefined

function loadMath() {
  loaded ??= import('mathjs').then(({ create, all }) => {
    const math = create(all!, { number: 'BigNumber', precision: 64 }) as unknown as typeof import('mathjs')
    return { math, parse: (expression) => math.parse(expression) }
  })
  return loaded
}

function requireArithmetic(node: MathNode): void {
  const refuse = (what: string): never => {
    throw new AppError('invalid_request', `The calculator does not know ${what}.`)
  }
  switch (node.type) {
    case 'ConstantNode':
      if (typeof (node as MathNode & { value?: unknown }).value === 'string') refuse('text')
      return
    case 'ParenthesisNode':
    case 'ArrayNode':
    case 'ConditionalNode':
    case 'RelationalNode':
      return
    case 'SymbolNode': {
      const { name } = node as MathNode & { name: string }
      if (!functions.has(name) && !constants.has(name) && !isUnit(name)) refuse(`"${name}"`)
      return
    }
    case 'FunctionNode': {
      const { name } = (node as MathNode & { fn: { name?: string } }).fn
      if (!name || !functions.has(name)) refuse(`the function "${name ?? ''}"`)
      return
    }
    case 'OperatorNode': {
      const { op, args } = node as MathNode & { op: string; args: (MathNode & { value?: unknown })[] }
      if (op === '!' && !(args[0]?.type === 'ConstantNode' && Number(args[0].value) <= factorialMax)) refuse(`factorials above ${factorialMax}`)
      return
    }
    default:
      refuse('this kind of expression')
  }
}

/** Names such as "km" or "EUR": a unit is data, and an unknown one fails when it is computed. */
const isUnit = (name: string) => /^[a-zA-Z]{1,20}$/.test(name) && !(name in globalThis)
