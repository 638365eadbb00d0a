import { lstat, readlink } from 'node:fs/promises'

/** Whom a command runs as: nobody. */
export const sandboxUserId = 65_534

const megabyte = 1024 * 1024
export type Inside = {
  argv: readonly string[]
  /** Options of prlimit(1). */
  limits: readonly string[]
  /** Further folders and files of this machine, read-only, by where they are seen. */
  folders?: Record<string, string>
  files?: Record<string, string>
  links?: Record<string, string>
  environment?: Record<string, string>
  /** Seen as /workspace, where it then starts. */
  workspace?: { folder: string; writes: boolean }
}

/** The first of the descriptors that bubblewrap reads files from, in their order. */
export const firstFileDescriptor = 3

/**
 * The argv of bwrap(1) for one program. What is not named here does not exist inside: no network, no /etc, no /home, no /sys, no folder of ours
 * but the workspace, and no home: settings in it would be those that somebody wrote to the workspace. Limits are set inside, since the kernel counts
 * processes for each user namespace: outside they would count the whole server's.
 */
export async function sandboxArguments({ argv, limits, workspace, ...more }: Inside): Promise<string[]> {
  const { folders = {}, files = {}, links = {}, environment = {} } = more
  const start = workspace ? '/workspace' : '/'
  const isRoot = process.getuid?.() === 0
  const variables = Object.entries({ PATH: '/usr/bin:/bin', HOME: '/nonexistent', LANG: 'C.UTF-8', ...environment })
  return [
    isRoot ? [] : asUser,
    ['--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--hostname', 'sandbox'],
    ['--die-with-parent', '--cap-drop', 'ALL'],
    ['--clearenv', ...variables.flatMap(([name, value]) => ['--setenv', name, value])],
    await systemMounts(),
    ['--proc', '/proc', '--dev', '/dev', '--perms', '1777', '--size', String(16 * megabyte), '--tmpfs', '/tmp'],
    Object.entries(folders).flatMap(([inside, outside]) => [...parents(inside), '--ro-bind', outside, inside]),
    Object.keys(files).flatMap((inside, at) => [...parents(inside), '--perms', '0444', '--file', String(firstFileDescriptor + at), inside]),
    Object.entries(links).flatMap(([inside, target]) => [...parents(inside), '--symlink', target, inside]),
    workspace ? [workspace.writes ? '--bind' : '--ro-bind', workspace.folder, '/workspace'] : [],
    ['--chdir', start],
    ['--remount-ro', '/', '--remount-ro', '/dev'],
    isRoot ? becomeNobody(start) : [],
    ['--', '/usr/bin/prlimit', ...limits, '--', ...argv],
  ].flat()
}

const asUser = ['--unshare-user', '--disable-userns', '--uid', String(sandboxUserId), '--gid', String(sandboxUserId)]

/**
 * The kernel never limits root's processes, and whom root maps to in a user namespace is root to it. So root makes the mounts, becomes nobody,
 * and nobody makes the user namespace. CAP_DAC_READ_SEARCH is for the way into a workspace that is nobody's.
 */
const becomeNobody = (start: string) =>
  [
    ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP', 'CAP_DAC_READ_SEARCH'].flatMap((capability) => ['--cap-add', capability]),
    ['--', '/usr/bin/setpriv', `--reuid=${sandboxUserId}`, `--regid=${sandboxUserId}`, '--clear-groups', '--bounding-set=-all', '--inh-caps=-all'],
    ['--no-new-privs', '--', '/usr/bin/bwrap', ...asUser, '--dev-bind', '/', '/', '--chdir', start, '--cap-drop', 'ALL'],
  ].flat()

/** Programs and their libraries, and the little data that they need: the magic numbers of file(1), time zones, git's templates. */
async function systemMounts(): Promise<string[]> {
  const mounts = ['--perms', '0755', '--dir', '/usr', '--perms', '0755', '--dir', '/usr/share']
  for (const folder of ['/usr/bin', '/usr/lib', '/usr/lib64', '/usr/share/misc', '/usr/share/file', '/usr/share/zoneinfo', '/usr/share/git-core']) {
    mounts.push('--ro-bind-try', folder, folder)
  }
  for (const folder of ['/bin', '/lib', '/lib64']) {
    const found = await lstat(folder).catch(() => undefined)
    if (found?.isSymbolicLink()) mounts.push('--symlink', await readlink(folder), folder)
    else if (found) mounts.push('--ro-bind', folder, folder)
  }
  return mounts
}

/** Bubblewrap would make them for root alone. */
const parents = (path: string) =>
  path
    .split('/')
    .slice(1, -1)
    .flatMap((_, index, names) => ['--perms', '0755', '--dir', `/${names.slice(0, index + 1).join('/')}`])
