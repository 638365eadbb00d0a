/** As much of a zod schema as types need. */
export type Schema = { _zod: { input: unknown; output: unknown } }

/** An endpoint, as far as a caller needs it. */
export type Endpoint = {
  method: string
  url: string
  schema: { params?: Schema; querystring?: Schema; body?: Schema; response: Record<number, Schema> }
}

type BodyOf<Body extends Schema> = undefined extends Body['_zod']['input'] ? { body?: Body['_zod']['input'] } : { body: Body['_zod']['input'] }

/** What a call of the endpoint takes: `params` of its path, `query` and `body`. */
export type Input<E extends Endpoint> = (E['schema'] extends { params: infer Params extends Schema }
  ? { params: Params['_zod']['input'] }
  : unknown) &
  (E['schema'] extends { querystring: infer Query extends Schema } ? { query?: Query['_zod']['input'] } : unknown) &
  (E['schema'] extends { body: infer Body extends Schema } ? BodyOf<Body> : unknown)

type Answers<E extends Endpoint> = E['schema']['response'][keyof E['schema']['response']]
/** What it answers; null where there is no content. */
export type Output<E extends Endpoint> = Answers<E> extends infer Answer extends Schema ? Answer['_zod']['output'] : never
