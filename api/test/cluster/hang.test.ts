import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { notetaker } from '../probe-tools.ts'
import { startCluster, startModel } from './cluster.ts'
import { follow } from './follower.ts'
import { seeded } from './story.ts'

test('a run that hangs its process past its lease is given up after the second time, and the process works on', async () => {
  await using model = await startModel(notetaker)
  await using cluster = await startCluster({
    modelUrl: model.url,
    replicas: [{ JARVIS_ROLES: 'api' }, { JARVIS_ROLES: 'worker' }],
    entry: fileURLToPath(new URL('main-that-hangs.ts', import.meta.url)),
  })
  const [url] = cluster.urls as [string, string]
  const signedUp = await cluster.signUp()
  const person = signedUp.on(url)
  const conversation = await person.newConversation()
  const sent = await person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'note: hang' })
  const { answer } = await follow({ urls: [url], token: signedUp.token, runId: sent.body.runId, random: seeded(1) })

  expect(answer).toMatchObject({ status: 'failed', error: { code: 'internal', params: { sentence: 'internal.held_up' } } })
  const [stored] = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items.slice(-1)
  expect(stored).toMatchObject({ status: 'failed', error: answer.error })
  expect(await cluster.query('select status, hangs, losses, error_code from runs')).toEqual([
    { status: 'failed', hangs: 2, losses: 0, error_code: 'internal' },
  ])
  // What the first attempt had asked is a finished step: nobody pays for it again.
  expect(model.requests.filter(({ path }) => path.endsWith('/chat/completions'))).toHaveLength(1)
  const [sums] = await cluster.query<{ reserved: string }>('select sum(tokens_reserved) as reserved from budgets')
  expect(sums).toEqual({ reserved: '0' })

  const next = await person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Are you there?' })
  const after = await follow({ urls: [url], token: signedUp.token, runId: next.body.runId, random: seeded(2) })
  expect(after.answer).toMatchObject({ status: 'complete', content: 'Nothing to do.' })
})
