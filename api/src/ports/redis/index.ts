import { Redis } from 'ioredis'
import { AppError } from '#lib/app-error.ts'

export type RedisConnection = Redis & AsyncDisposable

/** Whether it takes writes: a replica, and one without memory, answer a ping as well. @throws unavailable */
export async function checkRedis(redis: Redis): Promise<void> {
  await redis.set('jarvis:ready', '1', 'EX', 60)
}

/**
 * One connection to Redis that fails fast: while Redis is away every command rejects at once, and one that gets no answer
 * rejects after 2 s, each as `unavailable`. It reconnects by itself. A command in flight when the connection breaks is not sent again.
 * @throws `unavailable` when Redis does not answer now
 */
export async function openRedis(url: string, onError: (error: unknown) => void = () => {}): Promise<RedisConnection> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5000,
    commandTimeout: 2000,
    // A connection that answers nothing any more is broken off and made again.
    socketTimeout: 4000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 2000),
    // After a failover the name leads elsewhere.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
  redis.on('error', onError)
  failAsUnavailable(redis)
  try {
    await redis.connect()
  } catch (cause) {
    redis.disconnect()
    throw unavailable(cause)
  }
  return Object.assign(redis, {
    [Symbol.asyncDispose]: async () => {
      await redis.quit().catch(() => redis.disconnect())
    },
  })
}

/** States in which Redis answers and does not serve: a replica, no memory, no disk, still loading, a script that blocks it, a cluster that broke. */
const outOfService = /^(READONLY|OOM|MISCONF|LOADING|BUSY|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN)\b/

/** What Redis itself refuses (a ReplyError) is a bug of ours and stays as it is; everything else means that it cannot be used now. */
function failAsUnavailable(redis: Redis): void {
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (command, stream) => {
    const reject = command.reject.bind(command)
    command.reject = (error) => reject(error.name === 'ReplyError' && !outOfService.test(error.message) ? error : unavailable(error))
    return send(command, stream)
  }
}

function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'A part of Jarvis cannot be reached right now. Try again in a moment.', { cause })
}
