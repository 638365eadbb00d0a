import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { createLog } from '#lib/log.ts'
import { runTool } from './run-tool.ts'
import { defineTool, everyPlan, everyRole, type Tool } from './tool.ts'

const log = createLog('silent')
const context = { caller: { userId: 'u', role: 'user', plan: 'free' } as const, signal: new AbortController().signal }

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
    execute,
  }),
  ...fields,
})
const call = { id: '1', name: 'probe', args: {} }

test('a role or a plan that may not use a tool gets the answer of a tool that does not exist', async () => {
  const execute = vi.fn<Tool['execute']>()
  const missing = await runTool([], call, context, log)
  expect(await runTool([toolWith(execute, { roles: ['admin'] })], call, context, log)).toEqual(missing)
  expect(await runTool([toolWith(execute, { plans: ['enterprise'] })], call, context, log)).toEqual(missing)
  expect(execute).not.toHaveBeenCalled()
})

test('arguments that do not fit never reach the tool', async () => {
  const execute = vi.fn<Tool['execute']>()
  const result = await runTool([toolWith(execute)], { ...call, args: { value: 1, extra: true } }, context, log)
  expect(result).toMatchObject({ failed: true, content: expect.stringContaining('value') })
  expect(execute).not.toHaveBeenCalled()
})

test('a tool that ignores its signal is cut off at its timeout', async () => {
  const result = await runTool([toolWith(() => new Promise(() => undefined))], call, context, log)
  expect(result).toMatchObject({ failed: true, content: expect.stringContaining('longer than') })
})

test('what a bug says never reaches the model; an expected failure does', async () => {
  const bug = await runTool([toolWith(() => Promise.reject(new Error('secret path /etc')))], call, context, log)
  expect(bug).toEqual({ failed: true, content: 'probe failed.' })
  const expected = await runTool([toolWith(() => Promise.reject(new AppError('unavailable', 'Not now.')))], call, context, log)
  expect(expected).toEqual({ failed: true, content: 'Not now.' })
})

test('output is cut at its limit', async () => {
  const result = await runTool([toolWith(async () => ({ content: 'x'.repeat(100) }))], call, context, log)
  expect(result.content).toMatch(/^x{10}\n\[cut/)
})

test('a stopped run throws instead of telling the model', async () => {
  const controller = new AbortController()
  const running = runTool([toolWith(() => new Promise(() => undefined), { timeoutSeconds: 5 })], call, { ...context, signal: controller.signal }, log)
  controller.abort(new Error('stop'))
  await expect(running).rejects.toThrow('stop')
})
