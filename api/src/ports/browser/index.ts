/** What an element is, and what using it would send. Compared again when it is used: what a person was shown is what happens. */
export type Target = {
  kind: 'link' | 'button' | 'submit' | 'field' | 'password' | 'choice' | 'toggle'
  label: string
  /** Where the page stands that holds it. */
  pageUrl: string
  /** The address of a link, or the action of the form that it belongs to. */
  url: string | null
  method: 'GET' | 'POST' | null
  /** What the form would send as it is filled in now; passwords are not told. */
  fields: [name: string, value: string][]
}

/** An element, of how many that the page had listed, and how many options it has itself. */
export type Look = { target: Target; among: number; options: number }

export type PageElement = { ref: number; kind: Target['kind']; label: string; value: string; options: string[] }

export type BrowserAction =
  | { kind: 'open'; url: string }
  | { kind: 'read'; offset: number }
  | { kind: 'find'; text: string }
  | { kind: 'back' }
  | { kind: 'scroll'; to: 'on' | 'end' | 'up' }
  /** Until the page says the text, or something else than before. */
  | { kind: 'wait'; text: string | null }
  | { kind: 'screenshot' }
  | { kind: 'click'; ref: number; expected: Target }
  | { kind: 'type'; ref: number; text: string; submit: boolean; expected: Target }
  | { kind: 'select'; ref: number; value: string; expected: Target }

export type PageView = {
  url: string
  title: string
  /** A part of the page as Markdown, from `offset` on; for `find` the passages that hold the text. */
  text: string
  offset: number
  textLength: number
  elements: PageElement[]
  /** What happened beside it: a download that was refused, a dialog, a new window. */
  notes: string[]
  /** JPEG of what is visible; null when the page did not let itself be drawn. */
  screenshot: Uint8Array | null
  /** What the site gave instead of a page, or the page is nothing but: it is not read here. */
  file: { url: string; name: string } | null
}

/** One task of a person: it has one page. */
export type BrowserTask = { taskId: string; userId: string }

/** Web pages, one isolated context for each task. Its failures are AppErrors that a model can read; it never takes this process down. */
export interface Browser extends AsyncDisposable {
  /**
   * Does one thing on the task's page, which is opened by the first `open`; the actions of a task wait for each other.
   * @throws `overloaded` when all places are taken for too long, `rate_limited` when this person has too many tasks in line, `not_found` for a page or element that is gone, `conflict` for one that is not as expected, `forbidden`, `upstream_timeout`, `upstream_failed`, `unavailable`
   */
  act(task: BrowserTask, action: BrowserAction, signal: AbortSignal): Promise<PageView>
  /** @throws as `act` */
  look(taskId: string, ref: number, signal: AbortSignal): Promise<Look>
  /** The task waits for its person: when others want a page, it is the first to lose its own. */
  rest(taskId: string): void
  /** Closes what the task has open. */
  release(taskId: string): Promise<void>
}
