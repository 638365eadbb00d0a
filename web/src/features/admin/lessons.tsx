import type { ModelLesson } from '@jarvis/contracts/admin-models.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { lessonsQuery, refreshModels } from './queries.ts'
import { say, sayCount } from '#words/say.ts'

type Value = ModelLesson['lesson'][string]

const sentences: Record<string, (value: Value) => string> = {
  maxTokens: (name) =>
    name === 'none' ? say('It is given no limit of its answer.') : say('The limit of its answer is called {name}.', { name: String(name) }),
  system: (role) => say('Its rules come in the role {role}.', { role: String(role) }),
  streamUsage: () => say('It is not asked for its count of tokens in a stream.'),
  temperature: () => say('It is given no temperature.'),
  alternateRoles: () => say('Several messages of one side are joined to one.'),
  tools: () => say('It is given no tools.'),
  toolsMax: (count) => sayCount(Number(count), 'It is given {n} tool at most.', 'It is given {n} tools at most.'),
  thinking: (way) => say('Thinking is asked for in the way “{way}”.', { way: String(way) }),
  reasoning: () => say('How long it thinks is not chosen.'),
  attached: () => say('What it attached to its answers is not sent back.'),
}
const sentenceOf = (name: string, value: Value) => sentences[name]?.(value) ?? `${name}: ${value}`

/** How models want to be asked, as their refusals taught it. */
export function Lessons() {
  const { data } = useQuery(lessonsQuery)
  if (!data?.items.length) return null
  return (
    <section className="flex flex-col gap-4" aria-labelledby="lessons">
      <h2 id="lessons" className="text-base font-semibold">
        {say('Learned from refusals')}
      </h2>
      <ul className="flex flex-col divide-y divide-line">
        {data.items.map((lesson) => (
          <Lesson key={lesson.id} lesson={lesson} />
        ))}
      </ul>
    </section>
  )
}

function Lesson({ lesson: { id, model, baseUrl, lesson, learnedAt } }: { lesson: ModelLesson }) {
  const forget = useMutation({ mutationFn: () => call(endpoints.adminForgetLesson, { params: { id } }), onSuccess: refreshModels })
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
      <div className="min-w-0 grow basis-60 [overflow-wrap:anywhere]">
        <p>{model}</p>
        <p className="text-sm text-muted">
          {Object.entries(lesson)
            .map(([name, value]) => sentenceOf(name, value))
            .join(' ')}{' '}
          {baseUrl}, {formatMoment(learnedAt)}
        </p>
        {forget.error && <Notice look="danger">{messageOf(forget.error)}</Notice>}
      </div>
      <Button aria-label={say('Forget what {model} taught', { model })} busy={forget.isPending} onClick={() => forget.mutate()}>
        {say('Forget')}
      </Button>
    </li>
  )
}
