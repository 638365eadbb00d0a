import { expect, test } from 'vitest'
import { commandsIn, jobsIn, type Right, rightFaults, rightsPage } from './check-rights.ts'

const written = new Set(['poem.written', 'poem.burnt'])
const right = (kind: string, fields: Partial<Right> = {}): Right => ({ kind, name: 'x', who: 'person', audited: ['poem.written'], ...fields })
const faults = (...rights: Right[]) => rightFaults(rights, {}, written)

test.each(['route', 'frame', 'tool', 'job', 'command'])(
  'a %s without a rule of authority, and one without a line for the audit, are found',
  (kind) => {
    expect(faults(right(kind))).toEqual([])
    expect(faults(right(kind, { audited: 'It changes nothing.' }))).toEqual([])
    expect(faults(right(kind, { who: undefined }))).toEqual([`The ${kind} x does not say who may: give it a rule of authority.`])
    expect(faults(right(kind, { audited: undefined }))).toEqual([expect.stringContaining(`The ${kind} x does not say what it leaves in the audit`)])
    expect(faults(right(kind, { audited: '' }))).toHaveLength(1)
  },
)

test('an action that nothing writes, and a line that is about nothing, are found', () => {
  expect(faults(right('route', { audited: ['poem.written', 'poem.sold'] }))).toEqual(['The route x is to leave poem.sold, which nothing writes.'])
  expect(rightFaults([right('job')], { job: ['x', 'y'] }, written)).toEqual([expect.stringContaining('y is no job any more')])
})

test('a job is known by what stands there, by its constant, or by the start of its name; one that nothing says is found', () => {
  const file = (text: string) => ({ path: 'api/src/x.ts', text })
  expect(jobsIn([file(`const queue = 'letters'\n  jobs.work(queue, send)`)])).toEqual(['letters'])
  expect(jobsIn([file(`jobs.work('poems', write)`), file('const id = `sweep-${pace}`\njobs.work(id, () => sweep())')])).toEqual(['poems', 'sweep'])
  const [unknown] = jobsIn([file('jobs.work(nameOf(x), run)'), file('jobs.work(some, run)')])
  expect(rightFaults([right('job', { name: unknown!, who: undefined, audited: undefined })], {}, written)).toHaveLength(2)
})

test('commands are read from the table that the operator’s program has', () => {
  const text = `const commands: Record<string, (args: string[]) => Promise<void>> = {\n  'poem write': async () => {\n    inner: 1\n  },\n  burn: () => x,\n}\nconst more = {\n  'not one': 1,\n}\n`
  expect(commandsIn(text)).toEqual(['poem write', 'burn'])
})

test('the page has a part for each kind', () => {
  const page = rightsPage([right('route', { name: 'POST /poems' }), right('command', { name: 'burn', audited: 'It burns.' })])
  expect(page).toContain('- `POST /poems` · person → `poem.written`\n')
  expect(page).toContain('It burns.')
})
