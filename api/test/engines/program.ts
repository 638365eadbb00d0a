import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

type Options = { env?: NodeJS.ProcessEnv; stdin?: 'ignore' | 'pipe'; output?: number }
type Program = ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable }

/**
 * A program that a test starts. The kernel kills it with the test's process, however that ends, and it holds no stream of that process:
 * after a test that timed out the runner would wait for a program that still holds one, without an end. `output` is a file that takes all it prints.
 */
export function startProgram(command: string, args: readonly string[], { env, stdin = 'ignore', output }: Options = {}): Program {
  const into = output ?? 'pipe'
  return spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], { ...(env && { env }), stdio: [stdin, into, into] }) as Program
}
