import { expect, test } from 'vitest'
import { session } from '#lib/session.ts'
import { renderPage, serve } from '#lib/test-page.tsx'
import { BudgetNote } from './budget-note.tsx'

const cycle = {
  startsAt: '2026-11-01T00:00:00Z',
  endsAt: '2026-12-01T00:00:00Z',
  tokensUsed: 0,
  tokensReserved: 0,
  tokensMax: 1000,
  costMicroUsd: 0,
  reservedMicroUsd: 0,
  ceilingMicroUsd: null as number | null,
}

test.each([
  ['79 % of the tokens', { tokensUsed: 799 }, null, false],
  ['80 %', { tokensUsed: 800 }, /^80 % of this month’s tokens are used\. It starts again on Dec 1, 2026\. See plans$/, false],
  ['80 % with what answers at work have set aside', { tokensUsed: 700, tokensReserved: 110 }, /^81 %/, false],
  ['95 %', { tokensUsed: 950 }, /^95 %/, true],
  ['all of it', { tokensUsed: 1000 }, /^This month’s tokens are used up\./, true],
  [
    'more of the money than of the tokens',
    { tokensUsed: 810, costMicroUsd: 960, ceilingMicroUsd: 1000 },
    /^96 % of this month’s spend ceiling is used\./,
    true,
  ],
  ['a ceiling of nothing', { ceilingMicroUsd: 0 }, null, false],
] as const)('with %s used, the note beside the composer is this', async (_, used, text, loud) => {
  session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
  const requests = serve({ '/api/v1/usage': { body: { items: [], nextCursor: null, totals: {}, cycle: { ...cycle, ...used } } } })
  const page = await renderPage(
    <>
      <BudgetNote />
      <p>The rest of the page</p>
    </>,
  )
  await expect.element(page.getByText('The rest of the page')).toBeVisible()
  await expect.poll(() => requests.length).toBe(1)
  const note = page.getByRole('status')
  if (text === null) {
    // It would be drawn in the very frame in which its figures are here.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    return await expect.element(note).not.toBeInTheDocument()
  }
  await expect.element(note).toMatchTextContent(text)
  expect(note.element().classList.contains('text-warn')).toBe(loud)
})
