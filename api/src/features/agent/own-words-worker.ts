import { answerWork } from '#ports/offload/answer-work.ts'
import { createOwnWords, type Question } from './own-words.ts'

answerWork(({ messages, question }: { messages: string[]; question: Question }) => createOwnWords(messages).measure(question))
