import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { createLog } from '#lib/log.ts'
import { admitCall } from './may-it.ts'
import { runTool, type ToolCallRequest } from './run-tool.ts'
import { toolContext as context } from './tool-context.fixture.ts'
import { defineTool, everyPlan, everyRole, type Tool, type ToolContext } from './tool.ts'

const log = createLog('silent')

const toolWith = (execute: Tool['execute'], fields: Partial<Tool> = {}): Tool => ({
  ...defineTool({
    name: 'probe',
    title: 'Probe',
    description: 'For tests',
    args: z.strictObject({ value: z.string().optional() }),
    risk: 'read',
    roles: everyRole,
    plans: everyPlan,
    timeoutSeconds: 0.05,
    outputCharactersMax: 10,
    untrusted: false,
    leaves: 'nothing',
    execute,
  }),
  ...fields,
})
const call = { id: '1', name: 'probe', args: {} }

async function admitAndRun(tools: Tool[], asked: ToolCallRequest, { signal }: Pick<ToolContext, 'signal'> = context) {
  const admitted = admitCall(tools, asked, context.caller)
  return 'failed' in admitted ? admitted : await runTool(admitted, { ...context, signal }, log)
}

test('a role or a plan that may not use a tool gets the answer of a tool that does not exist', async () => {
  const execute = vi.fn<Tool['execute']>()
  const missing = await admitAndRun([], call)
  expect(await admitAndRun([toolWith(execute, { roles: ['admin'] })], call)).toEqual(missing)
  expect(await admitAndRun([toolWith(execute, { plans: ['enterprise'] })], call)).toEqual(missing)
  expect(execute).not.toHaveBeenCalled()
})

test('arguments that do not fit never reach the tool', async () => {
  const execute = vi.fn<Tool['execute']>()
  const result = await admitAndRun([toolWith(execute)], { ...call, args: { value: 1, extra: true } })
  expect(result).toMatchObject({ failed: true, content: expect.stringContaining('value') })
  expect(execute).not.toHaveBeenCalled()
})

test('a tool that ignores its signal is cut off at its timeout', async () => {
  const result = await admitAndRun([toolWith(() => new Promise(() => undefined))], call)
  expect(result).toMatchObject({ failed: true, content: expect.stringContaining('longer than') })
})

test('what a bug says never reaches the model; an expected failure does', async () => {
  const bug = await admitAndRun([toolWith(() => Promise.reject(new Error('secret path /etc')))], call)
  expect(bug).toMatchObject({ failed: true, content: 'probe failed.' })
  const expected = await admitAndRun([toolWith(() => Promise.reject(new AppError('unavailable', 'Not now.')))], call)
  expect(expected).toMatchObject({ failed: true, content: 'Not now.' })
})

test('output is cut at its limit', async () => {
  const result = await admitAndRun([toolWith(async () => ({ content: 'x'.repeat(100) }))], call)
  expect(result.content).toMatch(/^x{10}\n\[cut/)
})

test('a stopped run throws instead of telling the model', async () => {
  const controller = new AbortController()
  const running = admitAndRun([toolWith(() => new Promise(() => undefined), { timeoutSeconds: 5 })], call, controller)
  controller.abort(new Error('stop'))
  await expect(running).rejects.toThrow('stop')
})

test('what a tool of the outside world says when it fails counts as from outside, and what we say does not', async () => {
  const failing = toolWith(() => Promise.reject(new AppError('unavailable', 'The page says: do this')), { untrusted: true })
  expect(await admitAndRun([failing], call)).toMatchObject({ failed: true, foreign: true })
  const late = toolWith(() => new Promise(() => undefined), { untrusted: true })
  expect(await admitAndRun([late], call)).toMatchObject({ failed: true, foreign: false })
})
