import { setTimeout as sleep } from 'node:timers/promises'
import {
  PostgresConnection,
  PostgresQueueBackend,
  createPostgresBackend,
  createRedisBackend,
  type BackendFactory,
  type ConnectionOptions,
  type PostgresPoolConfig,
  type RedisQueueBackend,
} from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'
import { startHeartbeat } from '#ports/database/heartbeat.ts'
import { destroySilentConnections } from '#ports/database/silence.ts'

const retryMs = 1000

type Place = { connection: ConnectionOptions; prefix?: string }

/** Where BullMQ keeps its queues. All queues add over one connection (Redis) or pool (PostgreSQL). */
export type Store = {
  producer: Place
  producerBackend: BackendFactory<RedisQueueBackend>
  consumer: Place
  consumerBackend: BackendFactory<RedisQueueBackend>
  ready(): Promise<unknown>
  close(): Promise<void>
}

export function redisStore(url: string, onError: (error: unknown) => void): Store {
  const options = { connectTimeout: 5000, retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, 2000) }
  const producer = new Redis(url, {
    ...options,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 5000,
    socketTimeout: 10_000,
  })
  // A worker's wait for a job takes ten seconds at most (BullMQ's drainDelay and its like): longer is silence. BullMQ copies this connection
  // for the wait, and keeps a first try that failed as the answer for ever; only one that is not lazy tries again by itself.
  const consumer = new Redis(url, { ...options, maxRetriesPerRequest: null, socketTimeout: 15_000 })
  for (const redis of [producer, consumer]) redis.on('error', onError)
  const waiting: RedisQueueBackend[] = []
  return {
    producer: { connection: producer, prefix: 'jarvis:jobs' },
    producerBackend: createRedisBackend,
    consumer: { connection: consumer, prefix: 'jarvis:jobs' },
    consumerBackend(...place) {
      const own = createRedisBackend(...place)
      waiting.push(own)
      return own
    },
    ready: () => Promise.all([producer.connect(), consumer.ping()]),
    async close() {
      producer.disconnect()
      consumer.disconnect()
      // The connection that a worker waits on is its own, and would look for a Redis that is away for ever.
      for (const own of waiting) own.disconnectBlocking(false).catch(onError)
    },
  }
}

/** A worker needs a connection to wait on and one to work with; the latter closes when it is idle. */
export function postgresStore(config: pg.PoolConfig, onError: (error: unknown) => void): Store {
  const settings = { ...config, schema: 'jobs', connectionTimeoutMillis: 5000, query_timeout: 30_000 }
  const shared = new PostgresConnection({ ...settings, max: 2, migrate: true } as PostgresPoolConfig)
  shared.on('error', onError)
  hearClients(shared, config, onError)
  const onShared: BackendFactory<PostgresQueueBackend> = (name, options) => new PostgresQueueBackend(shared, name, options as never, false)
  return {
    producer: place({ ...settings, max: 1 }),
    producerBackend: backend(onShared),
    consumer: place({ ...settings, max: 1 }),
    consumerBackend: backend(patient(config, onError)),
    ready: () => shared.waitUntilReady(),
    close: () => shared.close(),
  }
}

/**
 * Where a database is away BullMQ asks again at once, for ever, unless it refuses the connection; it keeps a first connection that failed as
 * the answer to all later calls; and it hears a client's errors only once that is connected, so that one that breaks before ends the process.
 */
function patient(settings: pg.ClientConfig, onError: (error: unknown) => void): typeof createPostgresBackend {
  function Client(config: pg.ClientConfig) {
    const client = new pg.Client(config).on('error', onError)
    startHeartbeat(client, onError)
    return client
  }
  return (...place) => {
    const own = createPostgresBackend(...place)
    const connection = Reflect.get(own, 'connection') as object
    Reflect.set(connection, 'pgModule', { Client })
    hearClients(connection, settings, onError)
    const moveToActive = own.moveToActive.bind(own)
    own.moveToActive = async (...asked) => {
      try {
        return await moveToActive(...asked)
      } catch (error) {
        for (const keeper of [own, connection]) Reflect.deleteProperty(keeper, 'readyPromise')
        await sleep(retryMs)
        throw error
      }
    }
    return own
  }
}

/** A pool hears only its idle clients: one that breaks in use would end the process, and one that falls silent would hold its work for ever. */
function hearClients(connection: object, settings: pg.ClientConfig, onError: (error: unknown) => void): void {
  const pool = Reflect.get(connection, 'pool') as pg.Pool
  pool.on('connect', (client) => client.on('error', onError))
  destroySilentConnections(pool, settings)
}

// BullMQ's types name the store everywhere, though queues and workers behave alike on both: here all of them bear the type of the Redis one.
function backend(factory: unknown): BackendFactory<RedisQueueBackend> {
  return factory as BackendFactory<RedisQueueBackend>
}

function place(connection: pg.PoolConfig): Place {
  return { connection }
}
