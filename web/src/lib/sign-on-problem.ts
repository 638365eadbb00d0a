import { type SentenceKey, sentenceOf, sentences } from '@jarvis/contracts/sentences.ts'
import { catalogNow } from '#words/language.ts'
import { say } from '#words/say.ts'

export type Provider = { id: string; name: string }
export type SignOnProblem = { sentence: string; request: string | null }

/** What went wrong at an issuer or on the way back. Words of our own alone: anybody can make such an address. */
export function signOnProblemOf(hash: string, providers: Provider[]): SignOnProblem | null {
  const said = new URLSearchParams(hash.slice(1))
  const key = said.get('problem')
  if (key === null) return null
  const provider = providers.find(({ id }) => id === said.get('provider'))?.name ?? say('The provider')
  const request = said.get('request') ?? ''
  const names = { provider, providers: providers.map(({ name }) => name).join(', '), domains: say('this organisation') }
  return {
    sentence: Object.hasOwn(sentences, key)
      ? sentenceOf(key as SentenceKey, names, catalogNow())
      : say('{provider} did not let you in. Start again.', { provider }),
    request: /^[\w-]{1,64}$/.test(request) ? request : null,
  }
}
