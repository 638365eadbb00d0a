import { premiumNeed } from '#features/router/need/need.ts'
import { type Language, languageOf } from './language.ts'
import { type Task, taskOf } from './task.ts'

/** `need`, 0 to 1, is how much the question needs the stronger model. */
export type Reading = { task: Task; language: Language; need: number }

/** What a question says of itself to the router. Pure; a millisecond at most, whatever its length. */
export function readPrompt(prompt: string, needOf: (prompt: string) => number = premiumNeed): Reading {
  const [task, language] = [taskOf(prompt), languageOf(prompt)]
  const need = needOf(prompt)
  if (task === 'small talk') return { task, language, need: need * smallTalkShare }
  // The words that were learned from are English: those of other languages say half as much.
  return { task, language, need: learned.has(language) ? need : (need + middle) / 2 }
}

/** A formula is of no language. */
const learned: ReadonlySet<Language> = new Set(['en', 'other'])
const smallTalkShare = 0.4
const middle = 0.5
