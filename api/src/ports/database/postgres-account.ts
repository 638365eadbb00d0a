import { execFile, spawnSync } from 'node:child_process'
import { chown, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { AppError } from '#lib/app-error.ts'

/** As whom the server runs, for PostgreSQL refuses to run as root. `prefix` is put before its command. */
export type Account = { ids: { uid: number; gid: number } | undefined; prefix: string[] }

/**
 * An ordinary user runs the server as itself. Root gives it to the owner of the data, else to `postgres` or `nobody`, or
 * keeps it where these cannot reach the files (below /root, say). Who may not run it, root or one whom /etc/passwd does
 * not know, does so in a user namespace in which it is called nobody.
 * @throws unavailable when the data is another's.
 */
export async function chooseAccount(dataFolder: string, paths: string[]): Promise<Account> {
  const us = process.getuid?.() ?? 0
  const owner = await stat(dataFolder).catch(() => undefined)
  if (us !== 0 && owner && owner.uid !== us) {
    throw new AppError('unavailable', `The database in ${dataFolder} belongs to another user: start Jarvis as its owner, or set DATA_DIR.`)
  }
  const candidates = us === 0 ? [owner?.uid ? { uid: owner.uid, gid: owner.gid } : undefined, await lookUp('postgres'), await lookUp('nobody')] : []
  const ids = candidates.find((candidate) => candidate && canReach(candidate, paths))
  const uid = ids?.uid ?? us
  return { ids, prefix: uid === 0 || !(await lookUp(String(uid))) ? await asNobody() : [] }
}

/** Gives a folder to the account, when we may. */
export async function handOver(account: Account, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = account.ids ?? { uid: 0, gid: 0 }
  await chown(folder, uid, gid)
}

/** The same for everything in it, when it belongs to another. */
export async function handOverAll(account: Account, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = account.ids ?? { uid: 0, gid: 0 }
  if ((await stat(folder)).uid !== uid) await promisify(execFile)('chown', ['-R', `${uid}:${gid}`, folder])
}

function canReach(ids: { uid: number; gid: number }, paths: string[]): boolean {
  return paths.every((path) => spawnSync('test', ['-x', path], { ...ids, cwd: '/' }).status === 0)
}

async function asNobody(): Promise<string[]> {
  const { uid, gid } = (await lookUp('nobody')) ?? { uid: 65_534, gid: 65_534 }
  return ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`]
}

async function lookUp(user: string): Promise<{ uid: number; gid: number } | undefined> {
  const ask = (field: string) => promisify(execFile)('id', [field, user])
  try {
    const [uid, gid] = await Promise.all([ask('-u'), ask('-g')])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}
