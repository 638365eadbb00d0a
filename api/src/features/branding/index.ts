import { type Branding, type BrandingBody, logoBytesMax } from '@jarvis/contracts/branding.ts'
import type { Choices } from '#features/choices/index.ts'
import type { By } from '#lib/caller.ts'
import { refusal } from '#lib/refusal.ts'

/** What the installation is called, and looks like, as administrators choose it. */
export const createBranding = ({ choices }: { choices: Choices }) => ({
  current: (): Promise<Branding> => choices.get('branding'),

  /** @throws invalid_request for a logo that is no picture, or a large one */
  async update(by: By, change: BrandingBody): Promise<Branding> {
    if (change.logo) requirePicture(change.logo)
    return await choices.set(by, 'branding', change)
  },
})
export type BrandingFeature = ReturnType<typeof createBranding>

/** By its first bytes: what it says that it is, anybody can write. */
function requirePicture(dataUrl: string): void {
  const bytes = Buffer.from(dataUrl.slice(dataUrl.indexOf(',') + 1), 'base64')
  const isPng = bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
  const isWebp = bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP'
  if ((!isPng && !isWebp) || bytes.length > logoBytesMax) throw refusal('invalid_request.logo')
}
