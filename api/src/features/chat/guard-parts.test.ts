import type { Part } from '@jarvis/contracts/parts.ts'
import { expect, test } from 'vitest'
import type { GuardVerdict } from '#features/guard/index.ts'
import { guardParts } from './guard-parts.ts'

const verdicts: Record<string, GuardVerdict> = {
  fine: { action: 'allow', score: 0.1, signals: [], text: 'fine' },
  odd: { action: 'flag', score: 0.6, signals: ['hidden'], text: 'cleaned' },
  bad: { action: 'block', score: 0.9, signals: ['override'], text: 'bad' },
}
const judge = async (...texts: string[]) => {
  const image: Part = { type: 'image', fileId: 'f', mediaType: 'image/png' }
  return await guardParts((text) => verdicts[text]!, [image, ...texts.map((text): Part => ({ type: 'text', text }))])
}

test('the worst of a question’s texts decides, wherever it stands, and each is cleaned in its place', async () => {
  const image = { type: 'image', fileId: 'f', mediaType: 'image/png' }
  const text = (text: string) => ({ type: 'text', text })
  expect(await judge('fine')).toEqual({ action: 'allow', score: 0.1, parts: [image, text('fine')] })
  expect(await judge('odd', 'fine')).toEqual({ action: 'flag', score: 0.6, parts: [image, text('cleaned'), text('fine')] })
  expect(await judge('fine', 'bad', 'odd')).toMatchObject({ action: 'block', score: 0.9 })
})

test('a question without a text is let through as it is', async () => {
  expect(await judge()).toMatchObject({ action: 'allow', score: 0, parts: [{ type: 'image' }] })
})
