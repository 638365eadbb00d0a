import { expect, test } from 'vitest'
import { toolContext as context } from '#features/agent/tool-context.fixture.ts'
import { calculator } from './calculator.ts'

const compute = (expression: string) => calculator.execute({ expression }, context)

test.each([
  ['123456789 * 987654321', '121932631112635269'],
  ['0.1 + 0.2', '0.3'],
  ['200 + 15%', '230'],
  ['12 × 7 − 4 ÷ 2', '82'],
  ['sqrt(2)^2', '2'],
  ['3 km to m', '3000 m'],
  ['20!', '2432902008176640000'],
  ['2^100', '1267650600228229401496703205376'],
])('%s = %s', async (expression, result) => {
  expect((await compute(expression)).content).toBe(`${expression} = ${result}`)
})

test.each([
  'f(n) = n <= 1 ? 1 : f(n - 1) + f(n - 2)',
  'x = 5',
  'import("fs")',
  'eval("1")',
  'cos.constructor("return process")()',
  '99999999!',
  '(2 + ',
  'factorial(100000)',
  'createUnit("x")',
  'a.b.c',
  '"text"',
])('%s is refused with a reason that the model can read', async (expression) => {
  await expect(compute(expression)).rejects.toMatchObject({ name: 'AppError', code: 'invalid_request' })
})
