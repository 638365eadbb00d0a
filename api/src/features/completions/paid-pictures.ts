import { type Bill, estimateTokens, type Tokens } from '#lib/money.ts'
import type { PictureModel, PictureWish } from '#ports/models/index.ts'
import { createPaidOnce, type PaidOnceDeps } from './paid-once.ts'

/** What a picture costs, in units of `microUsdPerPictureUnit`; `promptMicroUsdPerMillion` comes on top, by tokens. */
type PicturePrice = { microUsd: number; promptMicroUsdPerMillion: number }

/** A budget counts tokens: a picture is as many as this much money would be of the dearest of them. */
export const microUsdPerPictureUnit = 40

/** `used` is what was booked. */
type Paid = { bytes: Buffer; used: { model: string } & Tokens }
export type PaidPictures = ReturnType<typeof createPaidPictures>

/** Calls of models that make pictures, each paid for in advance by its size and quality. */
export function createPaidPictures(deps: PaidOnceDeps<PictureModel>) {
  const paid = createPaidOnce('picture', deps)
  return {
    /** Where the prompt of this model goes; null for one that is not there any more. */
    hostOf: (model: string): string | null => deps.models.get(model)?.host ?? null,

    /** @throws budget_exhausted, ceiling_reached, content_filtered, ProviderError */
    async make(bill: Bill, model: string, price: PicturePrice, wish: PictureWish, signal: AbortSignal): Promise<Paid> {
      const unitsOf = (promptTokens: number) =>
        (price.microUsd + (promptTokens * price.promptMicroUsdPerMillion) / 1_000_000) / microUsdPerPictureUnit
      // No tokenizer makes two tokens of one byte.
      const most = Math.ceil(unitsOf(Buffer.byteLength(wish.prompt)))
      const usual = unitsOf(estimateTokens(wish.prompt))
      const { result, inputTokens } = await paid(
        { bill, model, unitsMax: Math.max(1, most), unitsIfLost: usual, signal },
        (pictures) => pictures.make(wish, signal),
        ({ inputTokens }) => ({ units: inputTokens === null ? usual : Math.min(most, unitsOf(inputTokens)), isEstimate: false }),
      )
      return { bytes: result.bytes, used: { model, inputTokens, outputTokens: 0 } }
    },
  }
}
