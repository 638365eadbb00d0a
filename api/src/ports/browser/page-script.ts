/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { PageElement, Target } from './index.ts'

export type PageScript = ReturnType<typeof pageScript>

/**
 * Runs inside a page, in a world of its own: it sees the page's elements, the page's scripts see nothing of it and cannot change the functions
 * that it uses. It is sent as source text, so it may use nothing from outside itself.
 */
export function pageScript() {
  const byRef = new Map<number, Element>()
  const refOf = new WeakMap<Element, number>()
  const elementsMax = 1500
  const fieldsMax = 100
  const interactive =
    'a[href],button,input,select,textarea,summary,[onclick],[role=button],[role=link],[role=menuitem],[role=tab],[role=checkbox],[role=radio],[role=switch],[contenteditable=""],[contenteditable=true]'

  /** Read past the page's own fields: one that is named "action" or "URL" hides the property of that name. */
  function getterOf<Of extends object, Name extends keyof Of>(Kind: { prototype: Of }, name: Name): (of: Of) => Of[Name] {
    const { get } = Object.getOwnPropertyDescriptor(Kind.prototype, name)!
    return (of) => get!.call(of) as Of[Name]
  }
  const controlsOf = getterOf(HTMLFormElement, 'elements')
  const actionOf = getterOf(HTMLFormElement, 'action')
  const methodOf = getterOf(HTMLFormElement, 'method')

  /** Deeper is not read: the ways of a page that is nested for its own sake end here. */
  const depthMax = 400

  /** The document and the open shadow roots in it, in their order. */
  function roots(): (Document | ShadowRoot)[] {
    const all: (Document | ShadowRoot)[] = [document]
    for (const root of all) {
      for (const { shadowRoot } of root.querySelectorAll('*')) if (shadowRoot && all.length < elementsMax) all.push(shadowRoot)
    }
    return all
  }

  /** A copy of the page as it is drawn, in a document without scripts: shadow roots stand in their hosts, and what fills their slots in these. */
  function composed(): Element {
    const inert = document.implementation.createHTMLDocument()
    const copy = (node: Node, depth: number): Node => {
      if (node instanceof HTMLSlotElement) {
        const filled = node.assignedNodes()
        return gather(filled.length > 0 ? filled : node.childNodes, inert.createDocumentFragment(), depth)
      }
      const own = inert.importNode(node, false)
      const inside = (node as Element).shadowRoot?.childNodes ?? node.childNodes
      return depth > depthMax ? own : gather(inside, own, depth)
    }
    const gather = (nodes: Iterable<Node>, into: Node, depth: number): Node => {
      for (const node of nodes) into.appendChild(copy(node, depth + 1))
      return into
    }
    return copy(document.documentElement, 0) as Element
  }

  /** What people may see here and this does not, in words. */
  function unread(): string[] {
    const isSeen = (element: Element, edge: number) => element.clientWidth >= edge && element.clientHeight >= edge
    const everything = roots().flatMap((root) => [...root.querySelectorAll('*')])
    const closed = everything.filter(
      (element) => element.localName.includes('-') && !element.shadowRoot && !element.hasChildNodes() && isSeen(element, 20),
    )
    const drawn = everything.filter((element) => element.matches('canvas,video,object,embed') && isSeen(element, 100))
    return [
      ...(closed.length > 0 ? [`${closed.length} parts of the page are closed to reading.`] : []),
      ...(drawn.length > 0 ? [`${drawn.length} drawings or videos are not read.`] : []),
    ]
  }

  /** What scrolls: the window, or else the largest box that does. */
  function scroller(): Element | null {
    const page = (document.scrollingElement ?? document.documentElement) as Element | null
    if (!page) return null
    if (page.scrollHeight > page.clientHeight + 10) return page
    const boxes = roots()
      .flatMap((root) => [...root.querySelectorAll('*')])
      .filter((box) => {
        return box.scrollHeight > box.clientHeight + 10 && /auto|scroll/.test(getComputedStyle(box).overflowY)
      })
    const area = (box: Element) => box.clientWidth * box.clientHeight
    return boxes.reduce((largest, box) => (area(box) > area(largest) ? box : largest), page)
  }

  const short = (text: string | null | undefined, charactersMax = 80) => (text ?? '').replace(/\s+/g, ' ').trim().slice(0, charactersMax)
  const isToggle = (element: Element) => element.matches('summary,[type=checkbox],[type=radio],[role=tab],[role=checkbox],[role=radio],[role=switch]')
  const isPressed = (element: Element) => element.matches('button,[type=submit],[type=image],[type=button],[type=reset]')

  function kindOf(element: Element): Target['kind'] | null {
    if (element.matches('[type=hidden],[type=file],:disabled')) return null
    if (element instanceof HTMLSelectElement) return 'choice'
    if (isToggle(element)) return 'toggle'
    if (element instanceof HTMLButtonElement && element.type === 'submit' && element.form) return 'submit'
    if (element instanceof HTMLInputElement && ['submit', 'image'].includes(element.type) && element.form) return 'submit'
    if (isPressed(element)) return 'button'
    if (element.matches('[type=password]')) return 'password'
    if (element.matches('input,textarea,[contenteditable]')) return 'field'
    if (element instanceof HTMLAnchorElement && /^https?:$/.test(element.protocol)) return leadsSomewhere(element) ? 'link' : 'button'
    return element instanceof HTMLAnchorElement ? null : 'button'
  }

  /** An anchor that goes nowhere is a button of the page's scripts. */
  function leadsSomewhere(anchor: HTMLAnchorElement): boolean {
    if (anchor.matches('[role=button],[onclick]')) return false
    const [here] = location.href.split('#')
    if (anchor.href.split('#')[0] !== here) return true
    try {
      return document.getElementById(decodeURIComponent(anchor.hash.slice(1))) !== null
    } catch {
      return false
    }
  }

  function labelOf(element: Element): string {
    const labels = 'labels' in element ? ((element as HTMLInputElement).labels ?? []) : []
    const value = isPressed(element) && element instanceof HTMLInputElement ? element.value : ''
    const named = [element.getAttribute('aria-label'), ...Array.from(labels, ({ innerText }) => innerText), value]
    const text = element.matches('select,textarea') ? '' : (element as HTMLElement).innerText
    const pictured = element.matches('[type=image]') ? element : element.querySelector('img[alt]')
    const rest = [text, element.getAttribute('placeholder'), element.getAttribute('title'), pictured?.getAttribute('alt')]
    return [...named, ...rest, element.getAttribute('name')].map((label) => short(label)).find((label) => label !== '') ?? ''
  }

  function valueOf(element: Element): string {
    if (element.matches('[type=password]')) return (element as HTMLInputElement).value === '' ? '' : '(a password)'
    if (element instanceof HTMLSelectElement) return short(element.selectedOptions[0]?.label)
    if (element.matches('[type=checkbox],[type=radio]')) return (element as HTMLInputElement).checked ? 'on' : 'off'
    if (isPressed(element) || !('value' in element)) return ''
    return short(String(element.value))
  }

  function formOf(element: Element): HTMLFormElement | null {
    return 'form' in element && element.form instanceof HTMLFormElement ? element.form : null
  }

  type Fields = [name: string, value: string][]
  const isSubmitter = (element: Element) => element.matches('button[type=submit],button:not([type]),[type=submit],[type=image]')

  /** What one control of a form would send. */
  function sentBy(control: Element): Fields {
    const name = control.getAttribute('name') ?? ''
    if (control.matches('[type=image]')) return ['x', 'y'].map((axis) => [name === '' ? axis : `${name}.${axis}`, '0'])
    if (name === '') return []
    if (control instanceof HTMLSelectElement) {
      const chosen = Array.from(control.selectedOptions).filter((option) => !option.matches(':disabled'))
      return chosen.map(({ value }) => [name, value])
    }
    if (control instanceof HTMLInputElement && ['checkbox', 'radio'].includes(control.type)) return control.checked ? [[name, control.value]] : []
    if (control.matches('[type=file]')) return [[name, '(a file)']]
    if (control.matches('[type=password]')) return [[name, '(a password)']]
    const direction = control.getAttribute('dirname')
    const further: Fields = direction ? [[direction, control.matches(':dir(rtl)') ? 'rtl' : 'ltr']] : []
    if (control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement || control instanceof HTMLButtonElement)
      return [[name, control.value], ...further]
    // An element of the page's own making keeps its value to itself.
    return control.localName.includes('-') ? [[name, '(set by the page)']] : []
  }

  /** By hand: the page hears when a FormData is made of its form, and which button it is made for. */
  function fieldsOf(form: HTMLFormElement, pressed: Element): Fields {
    const isSent = (control: Element) =>
      !control.matches(':disabled,datalist *,object,output,fieldset') &&
      (control.matches('button,[type=submit],[type=image],[type=button],[type=reset]') ? control === pressed && isSubmitter(control) : true)
    const controls = Array.from(controlsOf(form))
    // An image that sends its form is not among these.
    const all = pressed.matches('[type=image]') ? [...controls, pressed] : controls
    const fields: Fields = []
    for (const control of all) if (fields.length < fieldsMax && isSent(control)) fields.push(...sentBy(control))
    return fields.slice(0, fieldsMax).map(([name, value]) => [name.slice(0, 200), value.slice(0, 2000)])
  }

  function targetOf(element: Element): Target | null {
    const kind = kindOf(element)
    if (kind === null || !element.isConnected) return null
    const about = { kind, label: labelOf(element), pageUrl: location.href }
    if (kind === 'link') return { ...about, url: (element as HTMLAnchorElement).href, method: 'GET', fields: [] }
    const form = formOf(element)
    if (!form) return { ...about, url: null, method: null, fields: [] }
    const its = kind === 'submit' ? (element as HTMLButtonElement) : null
    const url = its?.hasAttribute('formaction') ? its.formAction : actionOf(form)
    const method = its?.hasAttribute('formmethod') ? its.formMethod : methodOf(form)
    return { ...about, url, method: method === 'post' ? 'POST' : 'GET', fields: fieldsOf(form, element) }
  }

  const isVisible = (element: Element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })

  function write(element: HTMLElement, text: string): void {
    element.focus()
    if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
      const { prototype } = element instanceof HTMLInputElement ? HTMLInputElement : HTMLTextAreaElement
      // The prototype's own setter, for frameworks watch a property of the element.
      Object.getOwnPropertyDescriptor(prototype, 'value')!.set!.call(element, text)
    } else element.textContent = text
    element.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true, data: text, inputType: 'insertText' }))
    element.dispatchEvent(new Event('change', { bubbles: true }))
  }

  const busyLineCharactersMax = 40
  /** More of them, all different, are a list of texts that were cut short. */
  const busyLinesMax = 3
  const textsMax = 20_000
  const notAtWork =
    'a,button,input,select,option,label,summary,nav,script,style,noscript,template,textarea,[role=button],[role=link],[role=menuitem],[role=tab],[contenteditable]'

  /** Near enough to be seen soon: what loads when it is scrolled to is not at work yet. */
  function isNear(element: Element): boolean {
    const { top, bottom } = element.getBoundingClientRect()
    return bottom > 0 && top < 2 * innerHeight && isVisible(element)
  }

  /** A short line that goes on (“Loading…” in any language), alone in its place, or a progress bar without a value. Without scripts nothing comes. */
  function showsWork(all: (Document | ShadowRoot)[]): boolean {
    if (document.scripts.length === 0) return false
    const bars = all.flatMap((root) => [...root.querySelectorAll('[role=progressbar]:not([aria-valuenow]),progress:indeterminate')])
    if (bars.some(isNear)) return true
    const lines = new Set<string>()
    let left = textsMax
    for (const root of all) {
      const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
      for (let node = walk.nextNode() as Text | null; node && left-- > 0; node = walk.nextNode() as Text | null) {
        if (node.length > 4 * busyLineCharactersMax) continue
        const line = node.data.replace(/[\p{Cf}\s]+/gu, ' ').trim()
        if (line.length > busyLineCharactersMax || !/(?:[…⋯]|\.{3}|。{3}|・{3})$/u.test(line) || !/\p{L}/u.test(line)) continue
        const place = node.parentElement
        if (!place || place.closest(notAtWork) || place.textContent.trim() !== node.data.trim() || !isNear(place)) continue
        lines.add(line)
      }
    }
    return lines.size > 0 && lines.size <= busyLinesMax
  }

  return {
    /** What can be used on the page. An element keeps its number for as long as the document lives, and no number is used twice. */
    list(nextRef: number): { elements: PageElement[]; nextRef: number } {
      const elements: PageElement[] = []
      for (const element of roots().flatMap((root) => [...root.querySelectorAll(interactive)])) {
        if (elements.length === elementsMax) break
        const kind = kindOf(element)
        if (kind === null || !isVisible(element)) continue
        const ref = refOf.get(element) ?? nextRef++
        refOf.set(element, ref)
        byRef.set(ref, element)
        const options = element instanceof HTMLSelectElement ? Array.from(element.options).slice(0, 30) : []
        elements.push({ ref, kind, label: labelOf(element), value: valueOf(element), options: options.map(({ label }) => short(label)) })
      }
      return { elements, nextRef }
    },

    /** Looks at every element alike, so that not even the time that it takes says which was meant. `among` is how many are known in this document. */
    look(ref: number): { target: Target | null; among: number; options: number } {
      let target: Target | null = null
      for (const [other, element] of byRef) {
        const found = targetOf(element)
        if (other === ref) target = found
      }
      const meant = byRef.get(ref)
      return { target, among: byRef.size, options: meant instanceof HTMLSelectElement ? meant.options.length : 0 }
    },

    /** Presses this very element, whatever lies over it. */
    click(ref: number): void {
      const element = byRef.get(ref) as Element
      element.scrollIntoView({ block: 'center' })
      for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup']) {
        const Kind = type.startsWith('pointer') ? PointerEvent : MouseEvent
        element.dispatchEvent(new Kind(type, { bubbles: true, cancelable: true, composed: true, view: window }))
      }
      // A link of a drawing has no such function.
      if (element instanceof HTMLElement) element.click()
      else element.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, composed: true, view: window }))
    },

    /** Returns whether a form took it; where there is none, the Enter key is left to press. */
    type(ref: number, text: string, submit: boolean): boolean {
      const element = byRef.get(ref) as HTMLElement
      write(element, text)
      const form = formOf(element)
      if (submit) form?.requestSubmit()
      return form !== null
    },

    select(ref: number, value: string): boolean {
      const element = byRef.get(ref)
      if (!(element instanceof HTMLSelectElement)) return false
      const option = Array.from(element.options).find((each) => [each.value, each.label.trim(), short(each.label)].includes(value))
      if (!option) return false
      option.selected = true
      for (const type of ['input', 'change']) element.dispatchEvent(new Event(type, { bubbles: true }))
      return true
    },

    text(charactersMax: number) {
      const isComposed = roots().length > 1
      // A page can take away even this.
      const html = ((isComposed ? composed() : document.documentElement) as Element | null)?.outerHTML ?? ''
      return {
        html: html.slice(0, charactersMax),
        title: short(document.title, 200),
        url: location.href,
        contentType: document.contentType,
        isSmall: innerWidth < 40 || innerHeight < 40,
        unread: [...unread(), ...(html.length > charactersMax ? ['The page is very long; its end is not read.'] : [])],
      }
    },

    /** Its length changes when what is written here does. Busy while the page itself says so; empty while its scripts have put next to nothing there. */
    pulse(fewCharacters: number): { length: number; isBusy: boolean; isEmpty: boolean } {
      const all = roots()
      const length = all.reduce((sum, root) => sum + ((root instanceof Document ? root.body : root)?.textContent ?? '').length, 0)
      const isBusy = all.some((root) => root.querySelector('[aria-busy=true]') !== null) || showsWork(all)
      const isShort = document.scripts.length > 0 && (document.body?.innerText ?? '').trim().length < fewCharacters
      return { length, isBusy, isEmpty: isShort && all.length === 1 }
    },

    /** Returns whether there was anywhere to go. */
    scroll(to: 'on' | 'end' | 'up'): boolean {
      const box = scroller()
      if (!box) return false
      const before = box.scrollTop
      if (to === 'up') box.scrollTop = 0
      else box.scrollTop = to === 'end' ? box.scrollHeight : before + Math.max(100, box.clientHeight * 0.9)
      return Math.abs(box.scrollTop - before) > 1
    },
  }
}
