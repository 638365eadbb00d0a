import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Fragment, type KeyboardEvent, useId, useState } from 'react'
import { conversationsQuery } from '#features/chat/queries.ts'
import { isComposing } from '#lib/composing.ts'
import { useUser } from '#lib/session.ts'
import { chooseTheme } from '#lib/theme.ts'
import { useDebounced } from '#lib/use-debounced.ts'
import { cx } from '#ui/cx.ts'
import { Modal } from '#ui/modal.tsx'
import { say } from '#words/say.ts'

type Entry = { id: string; name: string; detail?: string | undefined; run: () => void }
type PaletteProps = { onNewChat: () => void; onShortcuts: () => void; onSidebar: () => void; onClose: () => void }

/** One field for all: what can be done, where one can go, and each conversation by its title and its words. */
export function Palette({ onNewChat, onShortcuts, onSidebar, onClose }: PaletteProps) {
  const navigate = useNavigate()
  const isAdmin = useUser()?.role === 'admin'
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()
  const q = useDebounced(text.trim(), 150)
  const { data, isFetching, isPlaceholderData } = useInfiniteQuery({ ...conversationsQuery(q, {}), placeholderData: (before) => before })

  const go = (to: '/memory' | '/plan' | '/usage' | '/settings' | '/admin') => () => void navigate({ to })
  const acts: Entry[] = [
    { id: 'new', name: say('New chat'), run: onNewChat },
    { id: 'settings', name: say('Settings'), run: go('/settings') },
    { id: 'memory', name: say('Memory'), run: go('/memory') },
    { id: 'plan', name: say('Plan and billing'), run: go('/plan') },
    { id: 'usage', name: say('Usage'), run: go('/usage') },
    ...(isAdmin ? [{ id: 'admin', name: say('Administration'), run: go('/admin') }] : []),
    { id: 'light', name: say('Light theme'), run: () => chooseTheme('light') },
    { id: 'dark', name: say('Dark theme'), run: () => chooseTheme('dark') },
    { id: 'sidebar', name: say('Show or hide conversations'), run: onSidebar },
    { id: 'shortcuts', name: say('Keyboard shortcuts'), run: onShortcuts },
  ]
  const words = text.trim().toLowerCase().split(/\s+/)
  const isNamed = (name: string) => words.every((word) => name.toLowerCase().includes(word))
  const found = acts.filter(({ name }) => isNamed(name))
  // Until the search for what is typed now has come, what was found before counts only by its title.
  const listed = (data?.pages[0]?.items ?? []).filter(({ title }) => (q === text.trim() && !isPlaceholderData) || isNamed(title))
  const conversations: Entry[] = listed.slice(0, 12).map(({ id, title, matches }) => ({
    id,
    name: title || say('New chat'),
    detail: matches?.[0]?.snippet,
    run: () =>
      void navigate({ to: '/c/$conversationId', params: { conversationId: id }, search: matches?.[0] ? { message: matches[0].messageId } : {} }),
  }))
  const groups = [
    { title: say('Do'), entries: text.trim() === '' ? found.slice(0, 5) : found },
    { title: say('Conversations'), entries: conversations },
  ].filter(({ entries }) => entries.length > 0)
  const entries = groups.flatMap((group) => group.entries)
  const chosen = entries[Math.min(at, entries.length - 1)]

  function take(entry: Entry | undefined) {
    if (!entry) return
    onClose()
    entry.run()
  }
  function press(event: KeyboardEvent) {
    if (isComposing(event)) return
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + entries.length, Home: 0, End: entries.length - 1 }[event.key]
    if (event.key === 'Enter') {
      event.preventDefault()
      take(chosen)
    } else if (to !== undefined && entries.length > 0) {
      event.preventDefault()
      setAt(to % entries.length)
      document.getElementById(`${list}-${entries[to % entries.length]!.id}`)?.scrollIntoView({ block: 'nearest' })
    }
  }

  return (
    <Modal
      label={say('Search and commands')}
      onClose={onClose}
      className="appear mx-auto mt-[12dvh] mb-auto w-[calc(100%-2rem)] max-w-xl rounded-2xl border border-line bg-raised shadow-raised"
    >
      <input
        data-first-focus
        dir="auto"
        role="combobox"
        aria-label={say('Search or do something')}
        aria-expanded={entries.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={chosen ? `${list}-${chosen.id}` : undefined}
        placeholder={say('Search or do something')}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={press}
        className="h-13 w-full border-b border-line bg-transparent px-5 text-base outline-none placeholder:text-faint"
      />
      <div id={list} role="listbox" aria-label={say('Found')} className="max-h-[50dvh] overflow-y-auto p-2">
        {groups.map(({ title, entries }) => (
          <div key={title} role="group" aria-label={title}>
            <p aria-hidden className="px-3 pt-2 pb-1 text-[0.8125rem] text-faint">
              {title}
            </p>
            {entries.map((entry) => (
              <Fragment key={entry.id}>
                {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the field above has the focus and the keys */}
                <div
                  id={`${list}-${entry.id}`}
                  role="option"
                  aria-selected={entry === chosen}
                  onClick={() => take(entry)}
                  onPointerMove={() => setAt(groups.flatMap((group) => group.entries).indexOf(entry))}
                  className={cx('flex min-h-10 cursor-pointer flex-col justify-center rounded-lg px-3 py-1.5', entry === chosen && 'bg-hover')}
                >
                  <span dir="auto" className="truncate">
                    {entry.name}
                  </span>
                  {entry.detail && (
                    <span dir="auto" className="truncate text-[0.8125rem] text-muted">
                      {entry.detail}
                    </span>
                  )}
                </div>
              </Fragment>
            ))}
          </div>
        ))}
      </div>
      <p role="status" className={cx('px-5 pb-4 text-sm text-muted', entries.length > 0 && 'sr-only')}>
        {entries.length > 0 ? say('{n} found', { n: entries.length }) : isFetching ? say('Searching…') : say('Nothing found.')}
      </p>
    </Modal>
  )
}
