import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startPracticeModelProcess } from './practice-model.ts'

const answers = (url: string) =>
  fetch(`${url}/models`).then(
    ({ ok }) => ok,
    () => false,
  )

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20)
}

const childrenOf = (pid: number) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
const isPractice = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('src/practice-model/main.ts')

test('the practice model comes back under the same URL when it dies, and goes when it is closed', async () => {
  const lines: string[] = []
  const program = await startPracticeModelProcess({ onProgress: (line) => lines.push(line) })
  expect(await answers(program.url)).toBe(true)

  const pid = childrenOf(process.pid).find(isPractice)!
  process.kill(pid, 'SIGKILL')
  await until(() => lines.length > 0)
  await until(() => answers(program.url))

  await program[Symbol.asyncDispose]()
  expect(await answers(program.url)).toBe(false)
})

test('the practice model dies with its parent, however that dies', async () => {
  const script = `
    const { startPracticeModelProcess } = await import(${JSON.stringify(new URL('practice-model.ts', import.meta.url))})
    process.stdout.write((await startPracticeModelProcess()).url)
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'ignore'], cwd: import.meta.dirname })
  const [url] = (await once(parent.stdout, 'data')) as [Buffer]
  expect(await answers(String(url))).toBe(true)
  parent.kill('SIGKILL')
  await until(async () => !(await answers(String(url))))
})
