import type { SentenceKey } from '@jarvis/contracts/sentences.ts'
import type { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'
import type { GuardVerdict } from './guard.ts'

const sentences: Partial<Record<NonNullable<GuardVerdict['because']>, SentenceKey>> = {
  extraction: 'blocked_by_guard.extraction',
  secret: 'blocked_by_guard.secret',
  persona: 'blocked_by_guard.persona',
  impersonation: 'blocked_by_guard.impersonation',
  obfuscation: 'blocked_by_guard.obfuscation',
}

/** The refusal of a message that the guard blocked, which says what it looks like. */
export const blocked = ({ because, score }: Pick<GuardVerdict, 'because' | 'score'>): AppError =>
  refusal((because && sentences[because]) ?? 'blocked_by_guard', { score })
