import OpenAI from 'openai'
import { expect } from 'vitest'

// What tests of `/v1` ask, and how they read a refusal.

export const hi = [{ role: 'user' as const, content: 'What is the answer?' }]

export const weather = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

/** The error of OpenAI's client that this work ends with. */
export async function failed(work: Promise<unknown>) {
  const error = await work.then(
    () => expect.fail('it was answered'),
    (error: unknown) => error,
  )
  if (error instanceof OpenAI.APIError) return error
  throw error
}
