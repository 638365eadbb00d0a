import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '#lib/app-error.ts'
import type { PdfReply } from './pdf-reader.ts'

const program = fileURLToPath(new URL('./pdf-reader.ts', import.meta.url))
const library = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'))
const cpuSecondsMax = 15
const heapMegabytesMax = 384
const dataBytesMax = 1024 * 1024 * 1024
const replyBytesMax = 16 * 1024 * 1024
/** A reader takes up to a third of a gigabyte: so many at a time. */
const atOnceMax = 2
const waitingMax = 8

const prlimit = '/usr/bin/prlimit'
let running = 0
const waiting: (() => void)[] = []

/**
 * The text of a PDF, page by page. Each is read by a process of its own, which a hostile file may keep busy or fill: it can read its library and nothing
 * else, has no environment of ours, and is killed when it takes too long, too much processor or too much memory.
 * @throws invalid_request for what is no PDF or has a password, overloaded for one that takes too much
 */
export async function readPdf(bytes: Buffer, deadlineMs: number, signal: AbortSignal): Promise<{ text: string; notes: string[] }> {
  if (running >= atOnceMax) {
    if (waiting.length >= waitingMax) throw tooMuch()
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  running++
  try {
    signal.throwIfAborted()
    const reply = await ask(bytes, deadlineMs, signal)
    if ('fault' in reply) throw new AppError('invalid_request', reply.fault)
    return reply
  } finally {
    running--
    waiting.shift()?.()
  }
}

function ask(bytes: Buffer, deadlineMs: number, signal: AbortSignal): Promise<PdfReply> {
  const node = [
    `--max-old-space-size=${heapMegabytesMax}`,
    '--permission',
    `--allow-fs-read=${library}/*`,
    `--allow-fs-read=${dirname(program)}/*`,
    program,
    library,
  ]
  const limits = [`--cpu=${cpuSecondsMax}`, `--data=${dataBytesMax}`, '--core=0', process.execPath]
  const [command, args] = existsSync(prlimit) ? [prlimit, [...limits, ...node]] : [process.execPath, node]
  const child = spawn(command, args, { env: { LANG: 'C.UTF-8' }, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'], signal, killSignal: 'SIGKILL' })
  const deadline = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
  const told: Buffer[] = []
  let size = 0
  child.stdout.on('data', (part: Buffer) => {
    size += part.length
    if (size > replyBytesMax) child.kill('SIGKILL')
    else told.push(part)
  })
  // It may die before it has read everything.
  child.stdin.on('error', () => undefined)
  child.stdin.end(bytes)
  return new Promise<PdfReply>((resolve, reject) => {
    child.once('error', (cause) => reject(signal.aborted ? (signal.reason as Error) : tooMuch(cause)))
    child.once('close', (code) => {
      if (code !== 0 || size > replyBytesMax) return reject(signal.aborted ? (signal.reason as Error) : tooMuch(new Error(`ended with ${code}`)))
      resolve(JSON.parse(Buffer.concat(told).toString()) as PdfReply)
    })
  }).finally(() => clearTimeout(deadline))
}

const tooMuch = (cause?: unknown) => new AppError('overloaded', 'This PDF could not be read: it takes too long or too much memory.', { cause })
