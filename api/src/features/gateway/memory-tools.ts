import { memoryCharactersMax } from '@jarvis/contracts/memory.ts'
import { text as plainText } from '@jarvis/contracts/text.ts'
import { z } from 'zod'
import type { MemoryStore } from '#features/memory/index.ts'
import { AppError } from '#lib/app-error.ts'
import { linesOfFaults } from '#lib/plain-issues.ts'

const foundMax = 20

export type MemoryTool = { name: string; title: string; description: string; args: z.ZodObject; run(args: Record<string, unknown>): Promise<string> }

/** A person's memory as tools, for a client whose words nobody vouches for: what gives instructions is not remembered. */
export function memoryTools(deps: { memory: Pick<MemoryStore, 'list' | 'create'>; isHarmless(text: string): boolean }, userId: string): MemoryTool[] {
  return [
    memoryTool({
      name: 'memory_search',
      title: 'Search memory',
      description: 'Finds what Jarvis remembers of this person by meaning, nearest first.',
      args: z.strictObject({ query: plainText(memoryCharactersMax), limit: z.int().min(1).max(foundMax).default(5) }),
      async run({ query, limit }) {
        const { items } = await deps.memory.list(userId, { q: query, limit })
        return items.length === 0 ? 'Nothing is remembered of that.' : items.map(({ text }) => `- ${text}`).join('\n')
      },
    }),
    memoryTool({
      name: 'memory_add',
      title: 'Remember',
      description: 'Remembers one short fact about this person for later conversations.',
      args: z.strictObject({ text: plainText(memoryCharactersMax).trim().min(1) }),
      async run({ text }) {
        if (!deps.isHarmless(text))
          throw new AppError('invalid_request', 'This reads like an instruction, and only facts are remembered. Say it in other words.')
        await deps.memory.create(userId, { text, origin: 'tool' })
        return 'Remembered.'
      },
    }),
  ]
}

function memoryTool<Args extends z.ZodObject>(
  tool: Omit<MemoryTool, 'args' | 'run'> & { args: Args; run(args: z.infer<Args>): Promise<string> },
): MemoryTool {
  return {
    ...tool,
    run(given) {
      const args = tool.args.safeParse(given)
      if (args.success) return tool.run(args.data)
      const faults = linesOfFaults(args.error, 'arguments')
      return Promise.reject(new AppError('invalid_request', `The arguments of ${tool.name} are not valid. ${faults.join('; ')}`))
    },
  }
}
