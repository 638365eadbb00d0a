import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { defineTool, everyPlan, everyRole } from '#features/agent/tool.ts'

export const clock = defineTool({
  name: 'clock',
  title: 'Clock',
  description: 'The current date and time in a time zone. Use it for anything that depends on today.',
  args: z.strictObject({ timeZone: z.string().max(64).optional().describe('IANA name such as Europe/Berlin; UTC when absent') }),
  risk: 'read',
  roles: everyRole,
  plans: everyPlan,
  timeoutSeconds: 2,
  outputCharactersMax: 200,
  untrusted: false,
  leaves: 'nothing',
  async execute({ timeZone = 'UTC' }) {
    const now = new Date()
    try {
      const local = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'full', timeStyle: 'long' }).format(now)
      return { content: `${local} (${timeZone}); ${now.toISOString()} in UTC` }
    } catch (cause) {
      throw new AppError('invalid_request', `There is no time zone "${timeZone}". Use an IANA name such as Europe/Berlin.`, { cause })
    }
  },
})
