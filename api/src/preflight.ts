import { createServer } from 'node:net'
import { holdForLife } from '#ports/children/lock.ts'
import { type Config, ConfigError } from './config.ts'

/** What is kept in process, limits and events above all, cannot be shared: several servers on one folder need Redis. */
export async function requireOwnFolder({ dataDir, databaseUrl, redisUrl }: Config): Promise<void> {
  if (databaseUrl || redisUrl || (await holdForLife(`server of ${dataDir}`))) return
  throw new ConfigError([`DATA_DIR: another Jarvis runs on ${dataDir}. Stop it, or set REDIS_URL for both, so that they share limits and events.`])
}

/** @throws ConfigError */
export function requireFreePort({ host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => reject(new ConfigError([describePort(error, host, port)])))
    probe.listen({ host, port }, () => probe.close(() => resolve()))
  })
}

export function describePort({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE') return `PORT: ${port} on ${host} is in use. Stop what uses it, or set PORT to another one.`
  if (code === 'EACCES') return `PORT: ${port} needs rights that this user does not have. Choose one above 1023.`
  return `HOST: cannot listen on ${host}:${port} (${message})`
}
