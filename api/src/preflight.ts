import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { holdForLife } from '#ports/children/lock.ts'
import { type Config, ConfigError } from './config.ts'

/** What is kept in process, limits and events above all, cannot be shared: several servers on one folder need Redis. */
export async function requireOwnFolder({ dataDir, databaseUrl, redisUrl }: Config): Promise<void> {
  if (databaseUrl || redisUrl || (await holdForLife(`server of ${dataDir}`))) return
  throw new ConfigError([`DATA_DIR: another Jarvis runs on ${dataDir}. Stop it, or set REDIS_URL for both, so that they share limits and events.`])
}

/** With a root that is read-only each upload would fail, one by one. @throws ConfigError */
export async function requirePlaceForFiles({ blobs }: Pick<Config, 'blobs'>): Promise<void> {
  if (blobs.kind !== 'folder') return
  try {
    await mkdir(blobs.folder, { recursive: true, mode: 0o700 })
    await access(blobs.folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError([`BLOBS_URL: files cannot be kept in ${blobs.folder} (${code}). Name a bucket, or a folder that all processes share.`])
  }
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
