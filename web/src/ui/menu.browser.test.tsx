import { expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { render } from 'vitest-browser-react'
import { ConfirmDialog } from './dialog.tsx'
import { Menu, MenuItem } from './menu.tsx'
import { placeBeside } from './place.ts'

test('a menu works by keyboard: arrows, letters, Escape gives the focus back', async () => {
  const chosen = vi.fn<() => void>()
  const page = await render(
    <Menu label="Actions" trigger="…">
      <MenuItem>Rename</MenuItem>
      <MenuItem>Archive</MenuItem>
      <MenuItem onClick={chosen}>Delete</MenuItem>
    </Menu>,
  )
  const button = page.getByRole('button', { name: 'Actions' })
  await expect.element(button).toHaveAttribute('aria-expanded', 'false')
  button.element().focus()
  await userEvent.keyboard('{ArrowDown}')
  await expect.element(page.getByRole('menuitem', { name: 'Rename' })).toHaveFocus()
  await userEvent.keyboard('{ArrowUp}')
  await expect.element(page.getByRole('menuitem', { name: 'Delete' })).toHaveFocus()
  await userEvent.keyboard('a')
  await expect.element(page.getByRole('menuitem', { name: 'Archive' })).toHaveFocus()
  await userEvent.keyboard('{Escape}')
  await expect.element(button).toHaveFocus()
  await userEvent.keyboard('{ArrowDown}{End}{Enter}')
  expect(chosen).toHaveBeenCalledOnce()
})

test('a confirmation starts on its action, and Escape leaves it', async () => {
  const confirm = vi.fn<() => void>()
  const close = vi.fn<() => void>()
  const page = await render(
    <ConfirmDialog title="Delete it?" action="Delete" onConfirm={confirm} onClose={close}>
      It will be gone.
    </ConfirmDialog>,
  )
  await expect.element(page.getByRole('dialog', { name: 'Delete it?' })).toBeVisible()
  await expect.element(page.getByRole('button', { name: 'Delete' })).toHaveFocus()
  await userEvent.keyboard('{Enter}')
  expect(confirm).toHaveBeenCalledOnce()
  await userEvent.keyboard('{Escape}')
  expect(close).toHaveBeenCalledOnce()
})

test('what opens upwards and is taller than the room there stays inside the window', async () => {
  const page = await render(
    <>
      <button type="button" style={{ position: 'fixed', top: '55%' }}>
        Actions
      </button>
      <div aria-label="Beside" role="group" style={{ position: 'fixed', height: '70%' }} />
    </>,
  )
  const beside = page.getByRole('group').element() as HTMLElement
  placeBeside(beside, page.getByRole('button').element() as HTMLElement, 'start')
  const { top, bottom } = beside.getBoundingClientRect()
  expect([top >= 0, bottom <= innerHeight]).toEqual([true, true])
})

test('text that is selected over the edge of a dialog leaves it open; a press beside it closes it', async () => {
  const close = vi.fn<() => void>()
  const page = await render(
    <ConfirmDialog title="Delete it?" action="Delete" onConfirm={() => undefined} onClose={close}>
      <input aria-label="Why" />
    </ConfirmDialog>,
  )
  const dialog = page.getByRole('dialog', { name: 'Delete it?' }).element()
  const pressed = (down: Element, up: Element) => {
    down.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
    up.dispatchEvent(new MouseEvent('click', { bubbles: true }))
  }
  pressed(page.getByLabelText('Why').element(), dialog)
  expect(close).not.toHaveBeenCalled()
  pressed(dialog, dialog)
  expect(close).toHaveBeenCalledOnce()
})
