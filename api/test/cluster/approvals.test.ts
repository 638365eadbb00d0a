import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { approve, deny, notetaker } from '../probe-tools.ts'
import { rounds, startCluster, startModel, until, untilAnswered } from './cluster.ts'
import { follow } from './follower.ts'
import { seeded } from './story.ts'

const entry = fileURLToPath(new URL('main-with-notes.ts', import.meta.url))
const conversationsAtOnce = 10
const kills = rounds(7)

test(
  'killed while approvals are asked, given and acted upon: nothing is done that was not approved, nothing twice, and every answer ends',
  { timeout: rounds(600_000) },
  async () => {
    const random = seeded(20_261_125)
    await using model = await startModel(notetaker)
    await using cluster = await startCluster({ modelUrl: model.url, entry, replicas: [{}, {}, {}] })
    await cluster.query('create table effects (text text)')
    const { urls, replicas } = cluster
    // One each: a quick machine would meet the limit of a plan.
    const people = await Promise.all(Array.from({ length: conversationsAtOnce }, () => cluster.signUp()))
    const approved = new Set<string>()
    const told: string[] = []
    let steps = 0
    let killing = true

    async function converse(index: number): Promise<void> {
      const own = seeded(index)
      const person = people[index]!
      const post = (path: string, body: object) => untilAnswered(() => person.on(own.pick(urls)).post(`/api/v1${path}`, body))
      const toEnd = async (runId: string) => (await follow({ urls, token: person.token, runId, random: own })).answer
      const conversation = (await post('/conversations', {})).body.id as string
      for (let asked = 0; killing; asked++) {
        const notes = [`${index}-${asked}-a`, `${index}-${asked}-b`]
        const message = { messageId: crypto.randomUUID(), content: notes.map((text) => `note: ${text}`).join('\n') }
        const { runId } = (await post(`/conversations/${conversation}/messages`, message)).body
        const paused = await toEnd(runId)
        steps++
        expect(paused).toMatchObject({ status: 'waiting', interrupts: [{ args: JSON.stringify({ text: notes[0] }) }, {}] })
        const isWanted = notes.map(() => own.next() < 0.7)
        notes.forEach((text, at) => isWanted[at] && approved.add(text))
        const resume = paused.interrupts.map((interrupt, at) => (isWanted[at] ? approve(interrupt) : deny(interrupt)))
        // As a person does who is not sure whether it went through: from two places at once.
        const [one, other] = await Promise.all([post(`/runs/${runId}/resume`, { resume }), post(`/runs/${runId}/resume`, { resume })])
        expect(other.body).toEqual(one.body)
        const answer = await toEnd(one.body.runId)
        steps++
        expect(answer.status).toBe('complete')
        expect(answer.toolCalls).toHaveLength(notes.length)
        for (const [at, call] of answer.toolCalls.entries()) {
          if (!isWanted[at]) expect(call.status).toBe('denied')
          if (call.status === 'done') told.push(notes[at]!)
        }
      }
    }

    const conversing = Promise.all(Array.from({ length: conversationsAtOnce }, (_, index) => converse(index)))
    conversing.catch(() => undefined)
    for (let killed = 0; killed < kills; killed++) {
      const target = steps + 5 + random.below(10)
      await Promise.race([until(() => steps >= target, 120_000), conversing])
      const victim = random.pick(replicas)
      await victim.kill()
      await victim.start()
    }
    killing = false
    await conversing

    const effects = (await cluster.query<{ text: string }>('select text from effects')).map(({ text }) => text)
    process.stderr.write(
      `  ${kills} kills, ${approved.size} notes approved, ${effects.length} sent, ${approved.size - told.length} of unknown outcome\n`,
    )
    expect(new Set(effects).size).toBe(effects.length)
    expect(effects.filter((text) => !approved.has(text))).toEqual([])
    // What was told as done is done; what a kill cut off in the act may be done or not, and nobody claims that it is.
    expect(told.filter((text) => !effects.includes(text))).toEqual([])
    expect(told.length).toBeGreaterThan(approved.size * 0.8)
  },
)
