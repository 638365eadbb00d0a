import { say } from '#words/say.ts'

export const memoryIsFull = () => say('Your memory is full of what you wrote yourself: nothing new is remembered until you forget some of it.')
