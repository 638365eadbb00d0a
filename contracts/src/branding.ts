import { z } from 'zod'
import { text } from './text.ts'

/** Of the picture itself. */
export const logoBytesMax = 32_768

/** What the installation is called, and looks like. `hue`: of the accent, in degrees of OKLCH; null: the first one. `logo`: a data URL. */
export const Branding = z.object({ name: z.string(), hue: z.int().nullable(), logo: z.string().nullable() }).meta({ id: 'Branding' })
export type Branding = z.infer<typeof Branding>

const Logo = text(44_000).regex(/^data:image\/(?:png|webp);base64,[A-Za-z0-9+/]+={0,2}$/, 'must be a PNG or WebP picture as a data URL')
/** What is absent stays. */
export const BrandingBody = z.strictObject({
  name: text(40, 0).trim().optional(),
  hue: z.int().min(0).max(359).nullable().optional(),
  logo: Logo.nullable().optional(),
})
export type BrandingBody = z.infer<typeof BrandingBody>

export const brandingEndpoints = {
  adminUpdateBranding: {
    method: 'PATCH',
    url: '/api/v1/admin/branding',
    config: { who: ['admin'] },
    schema: {
      tags: ['admin'],
      description: 'Name, hue of the accent, and logo: a PNG or WebP of at most 32 KiB. `GET /instance` says them to anybody.',
      body: BrandingBody,
      response: { 200: Branding },
    },
  },
} as const
