import { randomBytes } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfigError } from './config-error.ts'
import { isSecretsKey } from './environment.ts'

export function makeDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir)
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new ConfigError([`DATA_DIR: cannot write to ${dataDir} (${code ?? message}). Change its owner, or set DATA_DIR to a folder of yours.`])
  }
}

/** Level by level: Node's own recursive mkdir never returns where a file system refuses new folders, as /proc does. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o755 })
}

const secretBytesMin = 32

/**
 * Made once and kept beside the data, so that sign-ins survive a restart. It is never replaced: what is short has lost something.
 * @throws ConfigError
 */
export function keptSecret(dataDir: string): string {
  const file = join(dataDir, 'jwt-secret')
  if (!existsSync(file)) writeOnce(file, randomBytes(32).toString('base64url'))
  const secret = readFileSync(file, 'utf8').trim()
  const bytes = Buffer.byteLength(secret)
  if (bytes >= secretBytesMin) return secret
  throw new ConfigError([
    `DATA_DIR: the secret in ${file} has ${bytes} bytes instead of ${secretBytesMin} or more, so sign-ins could be forged. ` +
      'Put back the file of a copy, or remove it: a new one is made, and everybody signs in again.',
  ])
}

const linkless = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/**
 * The key of what is encrypted in the database, made once and kept beside the data. It is never replaced: with another, what it has encrypted
 * cannot be read. @throws ConfigError
 */
export function keptSecretsKey(dataDir: string): Buffer {
  const file = join(dataDir, 'secrets-key')
  makeDataDir(dataDir)
  if (!existsSync(file)) writeOnce(file, randomBytes(32).toString('base64'))
  const text = readFileSync(file, 'utf8').trim()
  if (isSecretsKey(text)) return Buffer.from(text, 'base64')
  throw new ConfigError([
    `DATA_DIR: ${file} is no longer 32 bytes in base64. Put back the file of a copy, or remove it and type the providers’ keys again.`,
  ])
}

/** Never in the place of another. Some file systems know no links. */
function giveName(unfinished: string, file: string): void {
  try {
    linkSync(unfinished, file)
  } catch (error) {
    if (!linkless.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    if (!existsSync(file)) renameSync(unfinished, file)
  }
}

/** Under its name it is whole or not there. Of several processes the first wins. */
function writeOnce(file: string, text: string): void {
  const unfinished = `${file}.${process.pid}.part`
  try {
    writeFileSync(unfinished, text, { mode: 0o600, flush: true })
    giveName(unfinished, file)
    const folder = openSync(dirname(file), 'r')
    fsyncSync(folder)
    closeSync(folder)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') throw new ConfigError([`DATA_DIR: cannot write ${file} (${code ?? message}).`])
  } finally {
    rmSync(unfinished, { force: true })
  }
}
