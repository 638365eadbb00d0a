import { expect, test } from 'vitest'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Reasoning } from './reasoning.tsx'

test('what the model thought stands folded, in its order, and is no part of the answer', async () => {
  serve({})
  const parts = [
    { type: 'reasoning' as const, text: 'Twelve sevens.' },
    { type: 'text' as const, text: 'It is 84.' },
    { type: 'reasoning' as const, text: 'Or not?' },
  ]
  const page = await renderPage(
    <main>
      <Reasoning parts={parts} streaming={false} />
    </main>,
  )
  await expect.element(page.getByText('Twelve sevens.')).not.toBeVisible()
  await page.getByText('What the model thought').click()
  await expect.element(page.getByText('Twelve sevens.')).toBeVisible()
  await expect.element(page.getByText('Or not?')).toBeVisible()
  expect(document.body.textContent).not.toContain('It is 84.')
  expect(await accessibilityFaults()).toEqual([])
})
