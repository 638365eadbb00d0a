import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the hostile program prints before it kills everything in sight, so that no run of it can be missed. */
export const ranMark = 'evil-8c1f-ran'
const program = '/workspace/evil.sh'
const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'safe.directory=*', '-c', 'protocol.file.allow=always']

export type Folder = ReturnType<typeof openFolder>

export function openFolder(workspace: string) {
  const path = (name: string) => join(workspace, name)
  const write = (name: string, content: string) => writeFileSync(path(name), content)
  const git = (...args: string[]) => execFileSync('git', [...identity, ...args], { cwd: workspace, stdio: ['ignore', 'pipe', 'ignore'] }).toString()
  return {
    path,
    write,
    git,
    /** Makes git read a file again, as a changed one: its size is the same, its time is not. */
    touch: (name: string) => utimesSync(path(name), 1, 1),
    set: (...settings: [string, string][]) => settings.forEach(([key, value]) => git('config', '--add', key, value)),
  }
}

/** A workspace as somebody else could hand it over: a program, and a repository of two commits. */
export function makeRepository({ path, write, git }: Folder): void {
  write('evil.sh', `#!/bin/sh\necho ${ranMark}\necho ${ranMark} >&2\nkill -KILL -1\n`)
  chmodSync(path('evil.sh'), 0o755)
  git('init', '-b', 'main')
  for (const content of ['one', 'two']) {
    write('a.txt', `${content}\n`)
    git('add', 'a.txt')
    git('commit', '-m', content)
  }
}

const pagers = ['status', 'log', 'diff', 'show', 'branch'].map((name) => `pager.${name}`)
const programSettings = ['core.fsmonitor', 'core.pager', 'core.editor', 'core.sshCommand', 'core.askPass', 'core.gitProxy', 'diff.external'].concat(
  ['gpg.program', 'sequence.editor', 'credential.helper', 'interactive.diffFilter', 'core.alternateRefsCommand', 'uploadpack.packObjectsHook'],
  pagers,
)

/** Each is a way in which a folder or a home can name a program, or say what an approved command means. */
export const configuredFolders: (readonly [string, (folder: Folder) => void])[] = [
  [
    'each setting that names a program',
    ({ set }) => {
      set(...programSettings.map((key): [string, string] => [key, program]), ['log.showSignature', 'true'])
      set(...['status', 'log', 'diff', 'show', 'branch'].map((name): [string, string] => [`alias.${name}`, `!${program}`]))
    },
  ],
  [
    'a filter by .gitattributes',
    ({ write, set, touch }) => {
      write('.gitattributes', '*.txt filter=evil\n')
      set(['filter.evil.clean', program], ['filter.evil.smudge', program], ['filter.evil.required', 'true'])
      touch('a.txt')
    },
  ],
  [
    'a filter process by info/attributes',
    ({ write, set, touch }) => {
      write('.git/info/attributes', '*.txt filter=evil\n')
      set(['filter.evil.process', program])
      touch('a.txt')
    },
  ],
  [
    'a filter by core.attributesFile',
    ({ write, set, touch }) => {
      write('attributes', '*.txt filter=evil\n')
      set(['core.attributesFile', '/workspace/attributes'], ['filter.evil.clean', program])
      touch('a.txt')
    },
  ],
  [
    'a diff program and a text conversion',
    ({ write, set }) => {
      write('.gitattributes', '*.txt diff=evil merge=evil\n')
      write('a.txt', 'three\n')
      set(['diff.evil.command', program], ['diff.evil.textconv', program], ['merge.evil.driver', program])
    },
  ],
  [
    'hooks',
    ({ path, set }) => {
      mkdirSync(path('hooks'))
      for (const name of ['post-index-change', 'fsmonitor-watchman', 'post-checkout', 'pre-commit', 'reference-transaction'])
        for (const folder of ['hooks', '.git/hooks']) symlinkSync(program, path(`${folder}/${name}`))
      set(['core.hooksPath', '/workspace/hooks'])
    },
  ],
  [
    'a promisor remote over ext::, an object of which is missing',
    ({ path, git, set }) => {
      const blob = git('rev-parse', 'HEAD~1:a.txt').trim()
      rmSync(path(`.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`))
      set(['core.repositoryFormatVersion', '1'], ['extensions.partialClone', 'origin'], ['protocol.ext.allow', 'always'])
      set(['remote.origin.url', `ext::sh ${program}`], ['remote.origin.promisor', 'true'], ['remote.origin.partialCloneFilter', 'blob:none'])
    },
  ],
  [
    'settings that include others',
    ({ write, git, touch }) => {
      write('more', `[core]\n\tfsmonitor = ${program}\n[filter "evil"]\n\tclean = ${program}\n`)
      write('.gitattributes', '*.txt filter=evil\n')
      git('config', 'include.path', '/workspace/more')
      git('config', 'includeIf.gitdir:/**.path', '/workspace/more')
      touch('a.txt')
    },
  ],
  [
    'settings of a worktree',
    ({ write, set }) => {
      set(['core.repositoryFormatVersion', '1'], ['extensions.worktreeConfig', 'true'])
      write('.git/config.worktree', `[core]\n\tfsmonitor = ${program}\n`)
    },
  ],
  [
    'settings of a home',
    ({ path, write }) => {
      mkdirSync(path('.config/git'), { recursive: true })
      for (const name of ['.gitconfig', '.config/git/config']) write(name, `[core]\n\tfsmonitor = ${program}\n\tpager = ${program}\n`)
    },
  ],
  ['another common folder', ({ path, write }) => moveSettings(path('.git'), path('common'), () => write('.git/commondir', '../common\n'))],
  [
    'a repository that stands elsewhere',
    ({ path, write, set }) => {
      set(['core.fsmonitor', program], ['core.worktree', '/workspace'])
      renameSync(path('.git'), path('elsewhere'))
      write('.git', 'gitdir: elsewhere\n')
    },
  ],
  [
    'a linked repository',
    ({ path, set }) => {
      set(['core.fsmonitor', program])
      renameSync(path('.git'), path('elsewhere'))
      symlinkSync('elsewhere', path('.git'))
    },
  ],
  [
    'a bare repository',
    ({ path, set }) => {
      set(['core.fsmonitor', program], ['core.bare', 'false'], ['core.worktree', '/workspace'])
      for (const name of ['HEAD', 'config', 'objects', 'refs', 'index']) renameSync(path(`.git/${name}`), path(name))
      rmSync(path('.git'), { recursive: true })
    },
  ],
  [
    'a submodule with settings of its own',
    ({ path, write, git, touch }) => {
      git('clone', '.', 'sub')
      git('-c', 'advice.addEmbeddedRepo=false', 'add', 'sub')
      write('.gitmodules', '[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n\tignore = none\n')
      git('add', '.gitmodules')
      git('commit', '-m', 'submodule')
      git('-C', 'sub', 'config', 'core.fsmonitor', program)
      git('-C', 'sub', 'config', 'filter.evil.clean', program)
      write('sub/.git/info/attributes', '*.txt filter=evil\n')
      if (existsSync(path('sub/a.txt'))) touch('sub/a.txt')
      git('config', 'diff.submodule', 'diff')
      git('config', 'status.submoduleSummary', 'true')
    },
  ],
]

function moveSettings(from: string, to: string, link: () => void): void {
  mkdirSync(to)
  for (const name of ['objects', 'refs']) renameSync(join(from, name), join(to, name))
  writeFileSync(join(to, 'config'), `[core]\n\trepositoryformatversion = 0\n\tfsmonitor = ${program}\n`)
  link()
}
