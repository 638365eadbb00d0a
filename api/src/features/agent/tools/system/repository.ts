import { AppError } from '#lib/app-error.ts'
import type { Sandbox, SandboxRequest } from '#ports/sandbox/index.ts'
import { readGitSettings, unknownExtensions, writeGitSettings } from './git-settings.ts'

/** Where git finds its folder: one that we make, in which only the data is the repository's. */
export const gitFolder = '/jarvis.git'
const theirs = '/workspace/.git'

/** Data that git reads and that names no program. Hooks, settings, `commondir`, `remotes`, `modules` and what comes later are not there. */
const data = ['objects', 'refs', 'packed-refs', 'reftable', 'index', 'info', 'logs', 'shallow'].concat(
  ['ORIG_HEAD', 'FETCH_HEAD', 'MERGE_HEAD', 'MERGE_MSG', 'MERGE_MODE', 'SQUASH_MSG', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'AUTO_MERGE'],
  ['BISECT_LOG', 'BISECT_START', 'rebase-merge', 'rebase-apply', 'sequencer'],
)

/** Git reads one file of settings, ours, and finds no other program: not even itself, so that it goes into no submodule. */
const environment = {
  PATH: '/nonexistent',
  GIT_EXEC_PATH: '/nonexistent',
  GIT_DIR: gitFolder,
  GIT_COMMON_DIR: gitFolder,
  GIT_WORK_TREE: '/workspace',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_TERMINAL_PROMPT: '0',
  GIT_PAGER: 'cat',
}

const headBytesMax = 1000
const head = /^(?:ref: refs\/[^\p{C}\s~^:?*[\\]+|[0-9a-f]{40}|[0-9a-f]{64})\n?$/u

type Who = { owner: string; signal: AbortSignal }

/**
 * What a git command needs to read the repository at the workspace's root, and nothing that the repository says of programs. Its settings are
 * listed in the sandbox, where links of theirs lead nowhere; those that are known are written anew.
 * @throws `invalid_request` where there is none that can be read
 */
export async function openRepository(sandbox: Sandbox, who: Who): Promise<Pick<SandboxRequest, 'environment' | 'files' | 'links'>> {
  // Without a repository of its own to look for.
  const list = ['/usr/bin/git', 'config', '--file', `${theirs}/config`, '--no-includes', '--null', '--list']
  const [listed, read] = await Promise.all([
    sandbox.run({ ...who, argv: list, environment: { ...environment, GIT_DIR: '/nonexistent', GIT_COMMON_DIR: '/nonexistent' } }),
    sandbox.run({ ...who, argv: ['head', '-c', String(headBytesMax), '--', `${theirs}/HEAD`] }),
  ])
  if (read.exitCode !== 0) return refuse('There is no git repository at the root of your workspace, with its data in the folder .git.')
  const headText = read.output.toString()
  if (!head.test(headText)) return refuse('The repository says in .git/HEAD what git does not say there.')
  const listing = listed.output.toString()
  const isRead = listed.exitCode === 0 || listing.includes('No such file or directory')
  if (listed.cut || !isRead) return refuse('The settings of the repository, .git/config, cannot be read.')
  const settings = listed.exitCode === 0 ? readGitSettings(listing) : []
  const unknown = unknownExtensions(settings)
  if (unknown.length > 0) return refuse(`The repository has a format that is not known here: ${unknown.join(', ')}.`)
  return {
    environment,
    files: { [`${gitFolder}/config`]: writeGitSettings(settings), [`${gitFolder}/HEAD`]: headText },
    links: Object.fromEntries(data.map((name) => [`${gitFolder}/${name}`, `${theirs}/${name}`])),
  }
}

function refuse(sentence: string): never {
  throw new AppError('invalid_request', sentence)
}
