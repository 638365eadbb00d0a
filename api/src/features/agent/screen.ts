import type { GuardValue } from '@jarvis/contracts/run.ts'
import { AppError } from '#lib/app-error.ts'
import type { AgentDeps } from './answering.ts'

export type Screened = { action: GuardValue['action']; score: number; text: string }

/** A text from outside as the model may see it: what is blocked, or cannot be read in time, is withheld and ends no answer. */
export async function screen({ inspectToolOutput }: Pick<AgentDeps, 'inspectToolOutput'>, outside: string): Promise<Screened> {
  try {
    const verdict = await inspectToolOutput(outside)
    if (verdict.action !== 'block') return verdict
    return { ...verdict, text: 'The result was withheld: it tried to give the assistant instructions.' }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'overloaded') throw error
    return { action: 'block', score: 1, text: 'The result was withheld: it could not be checked in time.' }
  }
}
