import { Outlet } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { PanelLeft, SquarePen } from 'lucide-react'
import { Suspense, lazy, useEffect, useState } from 'react'
import { openChat, openedFromNotice } from '#features/chat/live/chat.ts'
import { cameAway } from '#lib/came-away.ts'
import { useStore } from '#lib/store.ts'
import { conversationQuery } from '#lib/conversation.ts'
import { useInstance } from '#lib/instance.ts'
import { useUser } from '#lib/session.ts'
import { useIsPhone } from '#lib/use-media.ts'
import { useBrand } from '#ui/brand.ts'
import { IconButton } from '#ui/button.tsx'
import { Modal } from '#ui/modal.tsx'
import { column, loadBeside, top } from './beside-page.ts'
import { WithinShell } from './failure.tsx'
import { useShortcuts } from './use-shortcuts.ts'
import { say } from '#words/say.ts'

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))
const Shortcuts = lazy(async () => ({ default: (await import('./shortcuts.tsx')).Shortcuts }))

const storageName = 'jarvis.sidebar'

/** Everything around a page: the conversations, as a column or, on a phone, a drawer; the top bar; shortcuts that work everywhere. */
export function Shell() {
  const phone = useIsPhone()
  const practice = useInstance()?.practiceModel ?? false
  const navigate = useNavigate()
  const userId = useUser()?.id
  const [pinned, setPinned] = useState(localStorage.getItem(storageName) !== 'closed')
  const [drawer, setDrawer] = useState(false)
  const [help, setHelp] = useState(false)
  const [palette, setPalette] = useState(false)
  const loaded = useStore(column.part)
  const above = useStore(top.part)
  const open = phone ? drawer : pinned
  const { conversationId } = useParams({ strict: false })

  useEffect(() => {
    if (userId) openChat(userId)
  }, [userId])

  // Once more where it did not come beside the page.
  useEffect(loadBeside, [open])

  useEffect(
    () =>
      openedFromNotice.subscribe(() => {
        const id = openedFromNotice.get()
        if (id === null) return
        openedFromNotice.set(null)
        void navigate({ to: '/c/$conversationId', params: { conversationId: id } })
      }),
    [navigate],
  )

  function show(next: boolean) {
    if (phone) return setDrawer(next)
    setPinned(next)
    localStorage.setItem(storageName, next ? 'open' : 'closed')
  }

  const newChat = () => {
    setDrawer(false)
    void navigate({ to: '/' }).then(() => document.getElementById('message')?.focus())
  }

  useShortcuts({
    search: () => setPalette(true),
    newChat,
    help: () => setHelp(true),
    sidebar: () => show(!open),
  })

  const sidebar = loaded && (
    <loaded.Sidebar
      onNewChat={newChat}
      onClose={() => show(false)}
      onOpen={() => setDrawer(false)}
      onShortcuts={() => {
        setDrawer(false)
        setHelp(true)
      }}
    />
  )

  return (
    <div className="flex h-dvh flex-col pt-[env(safe-area-inset-top)]">
      <a
        href="#main"
        className="absolute top-2 start-2 z-40 -translate-y-20 rounded-lg bg-accent px-4 py-2.5 font-medium text-on-accent focus:translate-y-0"
        onClick={(event) => {
          event.preventDefault()
          ;(document.getElementById('message') ?? document.getElementById('main'))?.focus()
        }}
      >
        {say('Skip to the page')}
      </a>
      {above && <above.Announcements />}
      {above && practice && <above.PracticeBanner />}
      <div className="flex min-h-0 grow">
        {!phone && pinned && <aside className="flex w-[17.5rem] shrink-0 flex-col border-e border-line bg-sunken">{sidebar}</aside>}
        {phone && drawer && (
          <Modal
            label={say('Conversations')}
            onClose={() => setDrawer(false)}
            className="slide-in m-0 h-dvh max-h-none w-[min(20rem,88vw)] max-w-none border-e border-line bg-sunken"
          >
            <div className="flex h-full flex-col pt-[env(safe-area-inset-top)]">{sidebar}</div>
          </Modal>
        )}
        <div className="flex min-w-0 grow flex-col">
          <header hidden={open && !phone && !conversationId} className="flex h-13 shrink-0 items-center gap-1 px-2">
            {!open && (
              <>
                <IconButton label={phone ? say('Open conversations') : say('Show conversations')} onClick={() => show(true)}>
                  <PanelLeft className="size-5 rtl:-scale-x-100" />
                </IconButton>
                {!phone && (
                  <IconButton label={say('New chat')} onClick={newChat}>
                    <SquarePen className="size-5" />
                  </IconButton>
                )}
              </>
            )}
            <Title conversationId={conversationId} />
            {phone && (
              <IconButton label={say('New chat')} onClick={newChat}>
                <SquarePen className="size-5" />
              </IconButton>
            )}
          </header>
          <main id="main" tabIndex={-1} className="flex min-h-0 grow flex-col outline-none">
            <WithinShell value>
              <Outlet />
            </WithinShell>
          </main>
        </div>
      </div>
      <Suspense>
        {palette && <Palette onNewChat={newChat} onShortcuts={() => setHelp(true)} onSidebar={() => show(!open)} onClose={() => setPalette(false)} />}
      </Suspense>
      <Suspense>{help && <Shortcuts onClose={() => setHelp(false)} />}</Suspense>
    </div>
  )
}

function Title({ conversationId }: { conversationId: string | undefined }) {
  const { data } = useQuery({ ...conversationQuery(conversationId ?? ''), enabled: conversationId !== undefined })
  const title = conversationId ? data?.title : undefined
  const away = useStore(cameAway)
  const name = useBrand().name || 'Jarvis'
  useEffect(() => {
    document.title = `${away > 0 ? `(${away}) ` : ''}${title ? `${title} · ${name}` : name}`
    // The next page may be another person's.
    return () => void (document.title = name)
  }, [title, away, name])
  if (!conversationId) return <div className="grow" />
  return (
    <h1 dir="auto" className="min-w-0 grow truncate px-2 text-sm text-muted">
      {title || say('New chat')}
    </h1>
  )
}
