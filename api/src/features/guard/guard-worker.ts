import { answerWork } from '#ports/offload/answer-work.ts'
import { inspect, type JudgedElsewhere } from './guard.ts'

answerWork(({ text, channel, strictness }: JudgedElsewhere) => inspect(text, channel, { strictness }))
