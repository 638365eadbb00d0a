import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { openWorld, type World } from './world.ts'

type Tree = { frame: { id: string; url: string }; childFrames?: Tree[] }

/** The frames of one page, the main one first, and our script in each. Those of other sites run in processes of their own, with sessions of their own. */
export function openFrames(context: BrowserContext, page: Page, cdp: CDPSession, framesMax: number) {
  const main = openWorld(cdp)
  const worlds = new Map<string, World>()
  const sessions = new Map<object, Promise<CDPSession | null>>()
  page.on('framedetached', (frame) => sessions.delete(frame))

  async function sessionOf(frame: ReturnType<Page['frames']>[number]): Promise<CDPSession | null> {
    // It has one only where it runs apart.
    const opening = sessions.get(frame) ?? context.newCDPSession(frame).catch(() => null)
    const session = await opening
    // A frame may come to run apart when it goes to another site.
    if (session) sessions.set(frame, opening)
    return session
  }

  async function worldsOf(session: CDPSession): Promise<World[]> {
    const { frameTree } = await session.send('Page.getFrameTree').catch(() => ({ frameTree: null }))
    const within = frameTree ? idsIn(frameTree) : []
    const ids = session === cdp ? within.slice(1) : within
    return ids.map((id) => {
      const world = worlds.get(id) ?? openWorld(session, id)
      worlds.set(id, world)
      return world
    })
  }

  return {
    main,
    /** `left` is how many more there are than are looked at. */
    async all(): Promise<{ worlds: World[]; left: number }> {
      const others = page.frames().filter((frame) => frame !== page.mainFrame())
      if (others.length === 0) return { worlds: [main], left: 0 }
      const apart = await Promise.all(others.slice(0, framesMax).map(sessionOf))
      const found = await Promise.all([cdp, ...apart.filter((session) => session !== null)].map(worldsOf))
      const inside = [...new Set(found.flat())]
      return { worlds: [main, ...inside.slice(0, framesMax)], left: Math.max(0, others.length - Math.min(inside.length, framesMax)) }
    },
  }
}
export type Frames = ReturnType<typeof openFrames>

const idsIn = ({ frame, childFrames = [] }: Tree): string[] => [frame.id, ...childFrames.flatMap(idsIn)]
