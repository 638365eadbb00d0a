import { expect, test, vi } from 'vitest'
import { AppError } from '#lib/app-error.ts'
import { createCircuit } from './circuit.ts'

const outage = () => Promise.reject(new AppError('upstream_failed', 'down'))

test('after five failures in a row the provider is left alone, then tried once, and a success closes the circuit', async () => {
  let now = 0
  const circuit = createCircuit(() => now)
  for (let i = 0; i < 5; i++) await expect(circuit.pass(outage)).rejects.toThrow('down')
  const call = vi.fn(async () => 'answer')
  await expect(circuit.pass(call)).rejects.toMatchObject({ code: 'upstream_failed', retryAfterSeconds: 15 })
  expect(call).not.toHaveBeenCalled()
  now = 15_000
  const [first, second] = await Promise.allSettled([circuit.pass(call), circuit.pass(call)])
  expect([first.status, second.status]).toEqual(['fulfilled', 'rejected'])
  expect(await circuit.pass(call)).toBe('answer')
})

test.each([new AppError('upstream_rejected', 'wrong key'), new AppError('upstream_failed', 'slow down', { retryAfterSeconds: 2 })])(
  '$message never opens it',
  async (error) => {
    const circuit = createCircuit()
    const refuse = async () => {
      throw error
    }
    for (let i = 0; i < 9; i++) await expect(circuit.pass(refuse)).rejects.toBe(error)
    expect(await circuit.pass(async () => 'answer')).toBe('answer')
  },
)
