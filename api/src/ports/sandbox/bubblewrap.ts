import { lstat, readlink } from 'node:fs/promises'
import type { SandboxRequest } from './index.ts'

/** Whom a command runs as: nobody. */
export const sandboxUserId = 65_534

const megabyte = 1024 * 1024
const limits = [`--as=${512 * megabyte}`, '--cpu=10', '--nproc=64', `--fsize=${16 * megabyte}`, '--nofile=256', '--core=0']

/** The first of the descriptors that bubblewrap reads files from, in their order. */
export const firstFileDescriptor = 3

/**
 * The argv of bwrap(1) for one command. What is not named here does not exist inside: no /etc, no /home, no /sys, no folder of ours but the
 * workspace, and no home: settings in it would be those that somebody wrote to the workspace. Limits are set inside, since the kernel counts
 * processes for each user namespace: outside they would count the whole server's.
 */
export async function sandboxArguments(request: SandboxRequest, workspace: string): Promise<string[]> {
  const { argv, writes, folders = {}, files = {}, links = {}, environment = {} } = request
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
    [writes ? '--bind' : '--ro-bind', workspace, '/workspace', '--chdir', '/workspace'],
    ['--remount-ro', '/', '--remount-ro', '/dev'],
    isRoot ? becomeNobody : [],
    ['--', '/usr/bin/prlimit', ...limits, '--', ...argv],
  ].flat()
}

const asUser = ['--unshare-user', '--disable-userns', '--uid', String(sandboxUserId), '--gid', String(sandboxUserId)]

/**
 * The kernel never limits root's processes, and whom root maps to in a user namespace is root to it. So root makes the mounts, becomes nobody,
 * and nobody makes the user namespace. CAP_DAC_READ_SEARCH is for the way into a workspace that is nobody's.
 */
const becomeNobody = [
  ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP', 'CAP_DAC_READ_SEARCH'].flatMap((capability) => ['--cap-add', capability]),
  ['--', '/usr/bin/setpriv', `--reuid=${sandboxUserId}`, `--regid=${sandboxUserId}`, '--clear-groups', '--bounding-set=-all', '--inh-caps=-all'],
  ['--no-new-privs', '--', '/usr/bin/bwrap', ...asUser, '--dev-bind', '/', '/', '--chdir', '/workspace', '--cap-drop', 'ALL'],
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
