import { answerWork } from '#ports/offload/answer-work.ts'
import { type GuardChannel, inspect } from './guard.ts'

answerWork(({ text, channel }: { text: string; channel: GuardChannel }) => inspect(text, channel))
