import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { request } from '#lib/request.ts'
import { say } from '#words/say.ts'
import { AskForLetter } from './ask-for-letter.tsx'

/** Where an address is shown to be one's own before there is an account. */
export const RegisterByLetter = () => (
  <AskForLetter
    title={say('Create an account')}
    lead={say('You get a letter, whose link lets you in.')}
    ask={(body) => request(endpoints.askToRegister, { body })}
    sent={(asked) => say('A letter to {email} is on its way. Its link works once, for 24 hours.', asked)}
  />
)
