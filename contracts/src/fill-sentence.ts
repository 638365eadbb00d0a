import type { Params } from './errors.ts'
import type { Language, LimitKey } from './sentences.ts'

/** Apart from the sentences, which a page seldom needs. Puts the params into a sentence; `limit` is named in its language. */
export function fillSentence(sentence: string, params: Params, limits: Language['limits']): string {
  const { limit } = params
  const known = typeof limit === 'string' && Object.hasOwn(limits, limit)
  return filled(sentence, known ? { ...params, limit: filled(limits[limit as LimitKey], params) } : params)
}

const filled = (sentence: string, params: Params) => sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))
