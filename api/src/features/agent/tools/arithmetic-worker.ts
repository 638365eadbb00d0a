import { answerWork } from '#ports/offload/answer-work.ts'
import { compute } from './arithmetic.ts'

answerWork((expression: string) => compute(expression))
