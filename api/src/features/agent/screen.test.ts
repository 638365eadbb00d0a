import { expect, test } from 'vitest'
import { AppError } from '#lib/app-error.ts'
import { screen } from './screen.ts'

function failing(error: Error) {
  const inspectToolOutput = async () => {
    throw error
  }
  return screen({ inspectToolOutput }, 'what a page says')
}

test('a text that the guard cannot read in time is withheld like a blocked one; what else fails is no verdict', async () => {
  const withheld = await failing(new AppError('overloaded', 'This text could not be checked in time.'))
  expect(withheld).toEqual({ action: 'block', score: 1, text: 'The result was withheld: it could not be checked in time.' })
  await expect(failing(new Error('a bug'))).rejects.toThrow('a bug')
})
