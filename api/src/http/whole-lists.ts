import { type Page, WholeListQuery } from '@jarvis/contracts/text.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { cursorAt, numberOfCursor } from '#lib/cursor.ts'

/** A handler that answers a whole list is asked for a part of it: as much as `limit` says, from the cursor on. */
export function pageWholeLists(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.schema?.querystring !== WholeListQuery) return
    // Before all that the handler would ask.
    route.preHandler = [async (request: FastifyRequest) => void offsetOf(request), route.preHandler ?? []].flat()
    route.preSerialization = async (request: FastifyRequest, _reply: unknown, payload: unknown) =>
      isList(payload) ? partOf(payload, request) : payload
  })
}

const isList = (payload: unknown): payload is Page<unknown> => typeof payload === 'object' && payload !== null && 'items' in payload

function partOf(list: Page<unknown>, request: FastifyRequest): Page<unknown> {
  const { limit = list.items.length } = queryOf(request)
  const [from, to] = [offsetOf(request), offsetOf(request) + limit]
  return { ...list, items: list.items.slice(from, to), nextCursor: to < list.items.length ? cursorAt(nameOf(request), to) : null }
}

const queryOf = ({ query }: FastifyRequest) => query as z.infer<typeof WholeListQuery>

function offsetOf(request: FastifyRequest): number {
  const { cursor } = queryOf(request)
  return cursor === undefined ? 0 : numberOfCursor(nameOf(request), cursor)
}

const nameOf = ({ url }: FastifyRequest) => url.split('?', 1)[0]!.replace('/api/v1/', '')
