import type { File } from '@jarvis/contracts/files.ts'
import type { PlanId } from '@jarvis/contracts/plans.ts'
import { z } from 'zod'
import { defineTool, everyPlan, everyRole } from '#features/agent/tool.ts'
import type { PaidPictures } from '#features/completions/index.ts'
import { refusal } from '#lib/refusal.ts'

type Owner = { id: string; plan: PlanId }
/** What makes pictures, and for how much each. */
type Maker = { id: string; promptMicroUsdPerMillion: number; prices: { size: string; quality?: string | undefined; microUsd: number }[] }
export type ImageGenerateDeps = {
  /** What makes pictures for a plan. */
  modelOf(plan: PlanId): Maker | undefined
  pictures: PaidPictures
  /** @throws quota_exceeded */
  requireRoom(owner: Owner): Promise<void>
  keep(owner: Owner, picture: { name: string; bytes: Buffer }, signal: AbortSignal): Promise<File>
}

const shapes = ['square', 'portrait', 'landscape'] as const
const qualities = ['low', 'medium', 'high'] as const
const picturesPerAnswerMax = 4

/** The prompt goes to the provider, and costs: it is paid for in advance, and judged like the words of a search. */
export const imageGenerate = ({ modelOf, pictures, requireRoom, keep }: ImageGenerateDeps) =>
  defineTool({
    name: 'image_generate',
    title: 'Make pictures',
    description:
      'Makes a picture from a description and shows it to this person as a file of theirs. Use it only when they ask for a picture. It costs; make one unless they ask for more.',
    args: z.strictObject({
      prompt: z
        .string()
        .min(1)
        .max(4000)
        .describe('What is to be seen, in whole sentences; it is also what people are told who do not see the picture.'),
      shape: z.enum(shapes).default('square'),
      quality: z.enum(qualities).default('medium'),
    }),
    risk: 'read',
    roles: everyRole,
    plans: everyPlan,
    timeoutSeconds: 240,
    outputCharactersMax: 1000,
    untrusted: false,
    costs: true,
    callsMax: picturesPerAnswerMax,
    isThereFor: ({ plan }) => modelOf(plan) !== undefined,
    leaves({ prompt }, { caller }) {
      const entry = modelOf(caller.plan)
      const host = entry && pictures.hostOf(entry.id)
      return host ? { to: host, content: prompt, choice: { kind: 'query', words: prompt } } : null
    },
    async execute({ prompt, shape, quality }, { caller, bill, signal }) {
      const entry = modelOf(caller.plan)
      if (!entry) throw refusal('upstream_failed.no_model')
      const owner = { id: caller.userId, plan: caller.plan }
      // Before it is paid for.
      await requireRoom(owner)
      const { microUsd, ...wish } = offered(entry, shape, quality)
      const { promptMicroUsdPerMillion } = entry
      const { bytes, used } = await pictures.make(bill, entry.id, { microUsd, promptMicroUsdPerMillion }, { prompt, ...wish }, signal)
      const { id: fileId, name, mediaType } = await keep(owner, { name: `${nameOf(prompt)}.${endingOf(bytes)}`, bytes }, signal)
      return {
        content: `The picture is made, and this person sees it: the file “${name}”, ${wish.size}. Write neither a link to it nor what is on it.`,
        pictures: [{ fileId, mediaType, alt: prompt }],
        used,
      }
    },
  })

type Offered = Maker['prices'][number]

/** The nearest that the model has: the shape counts before the quality. */
function offered({ prices }: Maker, shape: (typeof shapes)[number], quality: string): Offered {
  const ofShape = prices.filter(({ size }) => shapeOf(size) === shape)
  const some = ofShape.length > 0 ? ofShape : prices
  return some.find((price) => price.quality === quality) ?? some[0]!
}

function shapeOf(size: string): (typeof shapes)[number] {
  const [width, height] = size.split('x').map(Number)
  return width! > height! ? 'landscape' : width! < height! ? 'portrait' : 'square'
}

/** Its first words. */
const nameOf = (prompt: string) =>
  prompt
    .split(/[^\p{L}\p{N}\p{M}’'-]/u)
    .filter(Boolean)
    .slice(0, 8)
    .join(' ')
    .slice(0, 60)
    .trim() || 'picture'

const endingOf = (bytes: Buffer) => (bytes[0] === 0xff ? 'jpg' : bytes.subarray(0, 4).toString('latin1') === 'RIFF' ? 'webp' : 'png')
