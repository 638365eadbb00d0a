import { answerWork } from '#ports/offload/answer-work.ts'
import { readResults } from './duckduckgo-results.ts'

answerWork((html: string) => readResults(html))
