import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { expect, test } from 'vitest'
import { requireWho } from './door.ts'
import { registerWebApp } from './web-app.ts'

test.each([
  ['GET', '/', '*/*', 200],
  ['GET', '/', undefined, 200],
  ['GET', '/?from=mail', 'text/plain', 200],
  ['HEAD', '/', '*/*', 200],
  ['GET', '/', 'text/html', 200],
  ['GET', '/c/1', 'text/html', 200],
  ['GET', '/c/1', '*/*', 404],
  ['GET', '/api/v1/nothing', 'text/html', 404],
  ['POST', '/', 'text/html', 404],
] as const)('%s %s with Accept %s is %i', async (method, url, accept, status) => {
  const directory = await mkdtemp(join(tmpdir(), 'jarvis-web-'))
  await writeFile(join(directory, 'index.html'), '<!doctype html><title>Jarvis</title>')
  await using app = fastify()
  requireWho(app)
  app.setErrorHandler((_error, _request, reply) => reply.code(404).send())
  await registerWebApp(app, directory)
  const answer = await app.inject({ method, url, headers: accept ? { accept } : {} })
  expect(answer.statusCode).toBe(status)
  expect(answer.body.includes('<title>Jarvis')).toBe(status === 200 && method === 'GET')
  await rm(directory, { recursive: true })
})
