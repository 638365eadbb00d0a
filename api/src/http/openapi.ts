import { problem } from '@jarvis/contracts/examples.ts'
import { operations } from '@jarvis/contracts/operations.ts'
import type { Who } from '@jarvis/contracts/who.ts'
import type { OpenAPIV3_1 } from 'openapi-types'
import { withOpenAnswers } from './open-answers.ts'
import { withPlainSchemas } from './plain-schemas.ts'

type Content = { mediaType: string; schema: OpenAPIV3_1.SchemaObject | OpenAPIV3_1.ReferenceObject; example?: unknown }

/** What the description says of a route and nothing checks: of one that is no endpoint of the contract, or whose body is no JSON. */
export type RouteDescription = {
  answer?: { description: string; content: [Content, ...Content[]] }
  body?: Content & { description?: string }
  /** An example of a body that is JSON. */
  bodyExample?: unknown
  headers?: OpenAPIV3_1.ParameterObject[]
  isLimited?: true
  /** How it refuses, where that is no problem+json. */
  refusal?: Content
}

declare module 'fastify' {
  interface FastifyContextConfig {
    describes?: RouteDescription
  }
}

/** What is known of each route when it is registered, by its operationId. */
export type RouteFacts = { who: readonly Who[]; takesKey: boolean; describes: RouteDescription }

type Operation = OpenAPIV3_1.OperationObject
type Told = { summary?: string; more?: string; isLimited?: true; body?: unknown; answer?: unknown }

const ref = (path: string) => ({ $ref: `#/components/${path}` })
const json = 'application/json'

export const tags = [
  { name: 'accounts', description: 'People, sessions and API keys.' },
  { name: 'chat', description: 'Conversations, messages, and the runs that answer them.' },
  { name: 'voice', description: 'What people say to the page, and what it says to them.' },
  { name: 'files', description: 'What people send along: documents, pictures, text.' },
  { name: 'memory', description: 'What Jarvis remembers of a person.' },
  { name: 'organisations', description: 'People who work together on one bill.' },
  { name: 'billing', description: 'Plans, usage and subscriptions.' },
  { name: 'admin', description: 'For administrators.' },
  { name: 'v1', description: 'Models as a service, as OpenAI’s API: for programs with an API key.' },
  { name: 'mcp', description: 'Tools and memory over the Model Context Protocol.' },
]

const headers: Record<string, OpenAPIV3_1.HeaderObject> = {
  'X-Request-Id': { description: 'Names this request in the logs and in a problem.', schema: { type: 'string' } },
  'RateLimit-Policy': {
    description: 'The windows that this request was counted in: quota `q` in `w` seconds.',
    schema: { type: 'string' },
    example: '"plan";q=20;w=60',
  },
  RateLimit: {
    description: 'What is left of each window: `r` requests, for `t` seconds.',
    schema: { type: 'string' },
    example: '"plan";r=19;t=58',
  },
  'Retry-After': { description: 'After how many seconds it may help to ask again.', schema: { type: 'integer' } },
  'Idempotency-Replayed': {
    description: '`true` where this is the answer that the first request with the same `Idempotency-Key` got.',
    schema: { type: 'string', enum: ['true'] },
  },
}

const idempotencyKey: OpenAPIV3_1.ParameterObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A repeat with the same key gets the first answer, for a day.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

const headersNamed = (...names: (keyof typeof headers | false)[]) =>
  Object.fromEntries(names.flatMap((name) => (name === false ? [] : [[name, ref(`headers/${name}`)]])))

const components = {
  headers,
  parameters: { IdempotencyKey: idempotencyKey },
  responses: {
    Problem: {
      description: 'Refused or failed: `code` says why, `detail` says it in a sentence.',
      headers: headersNamed('X-Request-Id', 'Retry-After'),
      content: { 'application/problem+json': { schema: ref('schemas/Problem'), example: problem } },
    },
  },
}

/** Fills in what people and programs read of each operation: who may call it, headers, examples, how it refuses. */
export function describeOperations(document: OpenAPIV3_1.Document, factsOf: ReadonlyMap<string, RouteFacts>): OpenAPIV3_1.Document {
  const paths = Object.fromEntries(
    Object.entries(document.paths ?? {}).map(([path, item]) => [
      path,
      Object.fromEntries(Object.entries(item ?? {}).map(([method, operation]) => [method, describe(operation as Operation, factsOf)])),
    ]),
  ) as OpenAPIV3_1.PathsObject
  const described = { ...document, tags, paths, components: { ...document.components, ...components } }
  return withOpenAnswers(withPlainSchemas(withoutUnused(described)))
}

function describe(operation: Operation, factsOf: ReadonlyMap<string, RouteFacts>): Operation & { 'x-who'?: readonly Who[] } {
  const id = operation.operationId ?? ''
  const facts = factsOf.get(id)
  if (!facts) return operation
  const { who, takesKey, describes } = facts
  const told: Told = id in operations ? operations[id as keyof typeof operations] : {}
  const isLimited = told.isLimited ?? describes.isLimited ?? false
  const ours = headersNamed('X-Request-Id', isLimited && 'RateLimit-Policy', isLimited && 'RateLimit', takesKey && 'Idempotency-Replayed')
  const refusal = describes.refusal
    ? {
        description: 'Refused or failed.',
        headers: headersNamed('X-Request-Id', 'Retry-After'),
        content: contentOf([describes.refusal]),
      }
    : ref('responses/Problem')
  const success: [string, OpenAPIV3_1.ResponseObject][] = Object.entries(operation.responses ?? {})
    .filter(([status]) => /^[23]/.test(status))
    .map(([status, response]) => [status, response as OpenAPIV3_1.ResponseObject])
  const answers = describes.answer
    ? [['200', { description: describes.answer.description, content: contentOf(describes.answer.content) }] as const]
    : success
  return {
    ...operation,
    'x-who': who,
    ...((operation.summary ?? told.summary) !== undefined && { summary: operation.summary ?? told.summary }),
    description: [told.more, operation.description, `Who may call: ${whoSentence(who)}.`].filter(Boolean).join('\n\n'),
    ...parametersOf(operation, describes, takesKey),
    ...bodyOf(operation, describes, told.body),
    responses: {
      ...Object.fromEntries(
        answers.map(([status, response]) => [
          status,
          { ...response, description: status === '204' ? 'Done; no content.' : nameOf(response), headers: ours, ...exampleOf(response, told.answer) },
        ]),
      ),
      '4XX': refusal,
      // Where a browser is sent on there is no 2XX: what is no redirect is refused or failed.
      [answers.some(([status]) => status.startsWith('2')) ? '5XX' : 'default']: refusal,
    },
  }
}

const nameOf = ({ description }: OpenAPIV3_1.ResponseObject) => (description === 'Default Response' ? 'Done.' : description)

const contentOf = (content: readonly Content[]) =>
  Object.fromEntries(content.map(({ mediaType, schema, example }) => [mediaType, { schema, ...(example !== undefined && { example }) }]))

function exampleOf({ content }: OpenAPIV3_1.ResponseObject, example: unknown): { content?: OpenAPIV3_1.ResponseObject['content'] } {
  if (example === undefined || !content?.[json]) return {}
  return { content: { ...content, [json]: { ...content[json], example } } }
}

function parametersOf({ parameters = [] }: Operation, { headers: own = [] }: RouteDescription, takesKey: boolean): Pick<Operation, 'parameters'> {
  const all = [...parameters, ...own, ...(takesKey ? [ref('parameters/IdempotencyKey')] : [])]
  return all.length > 0 ? { parameters: all } : {}
}

/** A body that may be `null` may as well be left out. */
function bodyOf({ requestBody }: Operation, describes: RouteDescription, told: unknown): Pick<Operation, 'requestBody'> {
  if (describes.body) {
    const { description, ...content } = describes.body
    return { requestBody: { required: true, ...(description !== undefined && { description }), content: contentOf([content]) } }
  }
  const { content } = (requestBody ?? {}) as Partial<OpenAPIV3_1.RequestBodyObject>
  const schema = content?.[json]?.schema
  if (!content || !schema) return {}
  const choices = 'anyOf' in schema ? (schema.anyOf ?? []) : []
  const given = choices.filter((one) => !('type' in one && one.type === 'null'))
  const isOptional = given.length < choices.length
  const example = describes.bodyExample ?? told
  return {
    requestBody: {
      required: !isOptional,
      content: { [json]: { schema: isOptional && given.length === 1 ? given[0]! : schema, ...(example !== undefined && { example }) } },
    },
  }
}

function whoSentence(who: readonly Who[]): string {
  const scopes = who.flatMap((each) => (each.startsWith('key:') ? [`\`${each.slice(4)}\``] : []))
  const people = [
    who.includes('anyone') && 'anyone',
    who.includes('person') && 'a person who is signed in',
    who.includes('member') && 'a member of the organisation who is signed in',
    who.includes('member:admin') && 'an admin or owner of the organisation who is signed in',
    who.includes('member:owner') && 'an owner of the organisation who is signed in',
    who.includes('admin') && 'an administrator who is signed in',
    who.includes('key') && 'a program with an API key',
    scopes.length > 0 && `a program with an API key that has the scope ${scopes.join(' or ')}`,
  ]
  return people.filter(Boolean).join(', or ')
}

/** Leaves out what no operation leads to. */
function withoutUnused(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const kept = new Set<string>()
  const follow = (value: unknown) => {
    for (const [, kind, name] of JSON.stringify(value).matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)) {
      const path = `${kind}/${name}`
      if (kept.has(path)) continue
      kept.add(path)
      follow((document.components as Record<string, Record<string, unknown>>)[kind!]?.[name!] ?? null)
    }
  }
  follow(document.paths)
  const components = Object.entries(document.components ?? {}).map(([kind, named]) => [
    kind,
    kind === 'securitySchemes' ? named : Object.fromEntries(Object.entries(named as object).filter(([name]) => kept.has(`${kind}/${name}`))),
  ])
  return { ...document, components: Object.fromEntries(components) as OpenAPIV3_1.ComponentsObject }
}
