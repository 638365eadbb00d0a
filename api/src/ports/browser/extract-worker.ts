import { answerWork } from '#ports/offload/answer-work.ts'
import { toMarkdown } from './extract.ts'

answerWork(({ html, url }: { html: string; url: string }) => toMarkdown(html, url))
