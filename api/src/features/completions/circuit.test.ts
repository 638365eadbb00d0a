import { expect, test, vi } from 'vitest'
import { AppError } from '#lib/app-error.ts'
import { ProviderError } from '#ports/models/provider-error.ts'
import { createCircuit } from './circuit.ts'

const outage = () => Promise.reject(new ProviderError('upstream_failed.status', { status: 500 }, { isOutage: true }))

test('after five failures in a row the provider is left alone, then tried once, and a success closes the circuit', async () => {
  let now = 0
  const circuit = createCircuit(() => now)
  for (let i = 0; i < 5; i++) await expect(circuit.pass(outage)).rejects.toThrow('500')
  const call = vi.fn(async () => 'answer')
  await expect(circuit.pass(call)).rejects.toMatchObject({ code: 'upstream_failed', retryAfterSeconds: 4 })
  expect(call).not.toHaveBeenCalled()
  expect(circuit.isOpen()).toBe(true)
  now = 4000
  const [first, second] = await Promise.allSettled([circuit.pass(call), circuit.pass(call)])
  expect([first.status, second.status]).toEqual(['fulfilled', 'rejected'])
  expect(await circuit.pass(call)).toBe('answer')
  expect(circuit.isOpen()).toBe(false)
})

test.each([
  ['a wrong key', new ProviderError('upstream_rejected.key')],
  ['a 429', new ProviderError('upstream_failed.busy', {}, { retryAfterSeconds: 2 })],
  ['a slow model', new ProviderError('upstream_timeout')],
  ['an answer that cannot be read', new ProviderError('upstream_failed.unreadable')],
  ['an empty answer', new ProviderError('upstream_failed.empty')],
  ['a budget of ours', new AppError('budget_exhausted', 'No.')],
])('%s never opens it', async (_name, error) => {
  const circuit = createCircuit()
  const refuse = async () => {
    throw error
  }
  for (let i = 0; i < 9; i++) await expect(circuit.pass(refuse)).rejects.toBe(error)
  expect(await circuit.pass(async () => 'answer')).toBe('answer')
})
