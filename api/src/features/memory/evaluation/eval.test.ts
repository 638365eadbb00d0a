import { expect, test } from 'vitest'
import { openWordVectors } from '#ports/models/word-vectors.ts'
import { weights } from '#features/memory/recall/weights.ts'
import { developmentConversations } from './development.ts'
import { developmentQuestions, recallOf } from './eval.ts'

test('the development set is the same each time, has six languages and at least 300 questions, and each has its evidence', () => {
  const conversations = developmentConversations()
  expect(developmentConversations()).toEqual(conversations)
  expect(new Set(conversations.map(({ language }) => language)).size).toBe(6)
  const questions = conversations.flatMap((one) => one.questions)
  expect(questions.length).toBeGreaterThan(300)
  const turns = new Set(conversations.flatMap((one) => one.turns.map(({ id }) => id)))
  for (const { evidence } of questions) expect(evidence.every((id) => turns.has(id))).toBe(true)
})

test('ranked by all that is known, more is found than by words or by meaning alone', () => {
  const asked = developmentQuestions(openWordVectors())
  const only = (feature: number) => weights.map((_, at) => (at === feature ? 1 : 0))
  const found = recallOf(asked, weights)
  expect(found).toBeGreaterThan(recallOf(asked, only(0)) + 0.03)
  expect(found).toBeGreaterThan(recallOf(asked, only(7)) + 0.03)
})
