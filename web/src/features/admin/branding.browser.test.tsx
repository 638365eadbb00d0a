import { beforeEach, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { showBrand } from '#ui/brand.ts'
import { Wordmark } from '#ui/logo.tsx'
import { Branding } from './branding.tsx'
import { smallPicture } from './small-picture.ts'

const instance = { name: 'Jarvis', version: '1', registrationOpen: true, firstUser: false, practiceModel: false, billing: false }
const own = { name: '', hue: null, logo: null }

beforeEach(() => {
  showBrand(own)
  session.set({ status: 'signed-in', user: { id: 'g', role: 'admin' } as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
})

async function picture(width: number, height: number): Promise<File> {
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  canvas.getContext('2d')!.fillRect(0, 0, width, height)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve))
  return new File([blob!], 'logo.png', { type: 'image/png' })
}

test('an administrator chooses name, colour and logo, and takes them back', async () => {
  let branding: object = own
  const requests = serve({
    get '/api/v1/instance'() {
      return { body: { ...instance, branding } }
    },
    get '/api/v1/admin/branding'() {
      branding = { ...branding, ...(requests.at(-1)!.body as object) }
      return { body: branding }
    },
  })
  const page = await renderPage(
    <main>
      <Branding />
    </main>,
  )
  const sent = (body: unknown) => expect.poll(() => requests).toContainEqual({ path: '/api/v1/admin/branding', body })
  await page.getByLabelText('Name').fill('Example Works')
  await page.getByRole('button', { name: 'Save' }).click()
  await sent({ name: 'Example Works' })
  await expect.element(page.getByRole('button', { name: 'Use this colour' })).toBeDisabled()
  await page.getByLabelText('Colour').fill('140')
  await page.getByRole('button', { name: 'Use this colour' }).click()
  await sent({ hue: 140 })
  await page.getByRole('button', { name: 'Back to the first colour' }).click()
  await sent({ hue: null })
  await userEvent.upload(page.getByLabelText('Logo'), await picture(400, 200))
  await expect.element(page.getByRole('img', { name: 'The logo of now' })).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Remove' }).click()
  await sent({ logo: null })
  await userEvent.upload(page.getByLabelText('Logo'), new File(['no picture'], 'logo.png', { type: 'image/png' }))
  await expect.element(page.getByRole('alert')).toMatchTextContent(/no picture/)
})

test('a picture is made small and square, whatever it was', async () => {
  const image = new Image()
  image.src = await smallPicture(await picture(3000, 40))
  await image.decode()
  expect([image.naturalWidth, image.naturalHeight]).toEqual([96, 96])
  expect(image.src.length).toBeLessThan(44_000)
})

test.each(['light', 'dark'] as const)('the page carries name, logo and colour of the installation, %s', async (theme) => {
  const page = await renderPage(
    <main>
      <Wordmark />
    </main>,
    theme,
  )
  await expect.element(page.getByText('Jarvis')).toBeVisible()
  const accent = () => getComputedStyle(document.documentElement).getPropertyValue('--accent')
  const before = accent()
  showBrand({ name: 'Example Works', hue: 30, logo: await smallPicture(await picture(64, 64)) })
  await expect.element(page.getByText('Example Works')).toBeVisible()
  await expect.element(page.getByText('Jarvis')).not.toBeInTheDocument()
  expect(accent()).not.toBe(before)
  expect(await accessibilityFaults()).toEqual([])
  showBrand(own)
  expect(accent()).toBe(before)
})
