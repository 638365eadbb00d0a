import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listenOnLoopback } from './loopback.ts'
import { makePdf } from './pdf.ts'

export type SiteRequest = { method: string; path: string; body: string; cookie: string }
export type Site = { url: string; host: string; requests: SiteRequest[]; close(): Promise<void> }

const page = (title: string, body: string) => `<!doctype html><meta charset=utf-8><title>${title}</title>${body}`
const paragraphs = (count: number) =>
  Array.from(
    { length: count },
    (_each, index) => `<p>Paragraph ${index}: the tide comes in and the tide goes out, twice a day, as it always has.</p>`,
  ).join('')

/** What a page can try to reach a place. `PLACE` stands for it; frames, workers and WebSockets, which Chromium slows down, are apart. */
const lightWays = `
  <link rel=stylesheet href="PLACE/css"><link rel=preload as=fetch href="PLACE/preload"><link rel=prefetch href="PLACE/prefetch">
  <link rel=preconnect href="PLACE"><link rel=dns-prefetch href="PLACE"><link rel=manifest href="PLACE/manifest">
  <img src="PLACE/img"><script src="PLACE/script"></script><video src="PLACE/video"></video><audio src="PLACE/audio"></audio>
  <script>
    tried.push(fetch('PLACE/fetch'), fetch('PLACE/post', { method: 'POST', mode: 'no-cors', body: 'x' }))
    navigator.sendBeacon('PLACE/beacon', 'x')
    tried.push(new Promise((done) => { new EventSource('PLACE/events').onerror = done }))
    tried.push(new Promise((done) => { const x = new XMLHttpRequest(); x.onloadend = done; x.open('GET', 'PLACE/xhr'); x.send() }))
    new WebTransport('PLACE/transport'.replace('http:', 'https:')).closed.catch(() => {})
  </script>`

const heavyWays = `
  <iframe src="PLACE/iframe"></iframe><object data="PLACE/object"></object><embed src="PLACE/embed">
  <form id=f method=post action="PLACE/form" target=sink><input name=a value=b></form><iframe name=sink></iframe>
  <script>
    tried.push(new Promise((done) => { new WebSocket('PLACE/ws'.replace('http', 'ws')).onerror = done }))
    tried.push(new Promise((done) => { new Worker(URL.createObjectURL(new Blob(["fetch('PLACE/worker').catch(() => {}).then(() => postMessage(1))"]))).onmessage = done }))
    document.getElementById('f').submit()
    document.getElementById('f').remove()
  </script>`

/** Tries them all; its title tells when none is left open. */
const tryAll = (places: string[], ways: string) =>
  page(
    'Trying',
    `<script>tried = []</script>${places.map((place) => ways.replaceAll('PLACE', place)).join('')}
     <script>onload = () => Promise.allSettled(tried).then(() => { document.title = 'Tried' })</script>`,
  )

const pages: Record<string, (url: URL, request: SiteRequest) => string> = {
  '/': () =>
    page(
      'Tide tables',
      `<nav><a href="/long">Long read</a> <a href="/shop">Shop</a></nav><h1>Tide tables</h1>
       <p>High water is at <b>noon</b>.</p><img src="/cat.png" alt="A cat at the sea">
       <table><tr><th>Day</th><th>High</th></tr><tr><td>Monday</td><td>12:00</td></tr></table>
       <button onclick="document.title = 'Pressed'; this.textContent = 'Thank you'">Like</button>
       <details><summary>More</summary><p>Low water is at six.</p></details>`,
    ),
  '/long': () => page('A long read', `<article><h1>The sea</h1>${paragraphs(400)}<p>The very end of it.</p></article>`),
  '/shop': () =>
    page(
      'Shop',
      `<form action="/found"><label>Find <input name=q></label>
       <select name=sort aria-label=Sort><option value=p>Price<option value=n>Name</select><button>Search</button></form>
       <form action="/login" method=post><label>Name <input name=user></label><label>Password <input name=pass type=password></label>
       <input type=hidden name=token value=t1><button>Sign in</button></form>`,
    ),
  '/found': (url) => page('Found', `<p>You looked for ${url.searchParams.get('q') ?? ''}, by ${url.searchParams.get('sort') ?? ''}.</p>`),
  '/login': (_url, { body }) => page('Signed in', `<p>The form said ${body}.</p>`),
  '/cookie': (_url, { cookie }) =>
    page(
      'Cookie',
      `<p>You sent: ${cookie || 'nothing'}; kept: <span id=k></span></p><script>k.textContent = localStorage.getItem('kept') ?? 'nothing'</script>`,
    ),
  '/set-cookie': () => page('Set', `<script>localStorage.setItem('kept', 'mine')</script><p>Set.</p>`),
  '/popup': () => page('Popup', `<a href="/long" target=_blank>In a new window</a>`),
  '/switch': () =>
    page(
      'Switch',
      `<form action="/found" id=f><input name=q value=harmless><button id=b>Go</button></form>
       <script>setTimeout(() => { f.action = '/stolen' }, 300)</script>`,
    ),
  '/overlay': () =>
    page(
      'Overlay',
      `<button onclick="document.title='Approved'">Approved</button><button style="position:fixed;inset:0" onclick="document.title='Stolen'">Cover</button>`,
    ),
  '/alerts': () => page('Alerts', `<p>Text.</p><script>for (;;) alert('Call this number now')</script>`),
  '/alert': () => page('Alert', `<script>alert('One only')</script><p>After it.</p>`),
  '/windows': () => page('Windows', `<p>Quiet.</p><script>for (let i = 0; i < 200; i++) window.open('/long?' + i)</script>`),
  '/spin': () => page('Spin', `<p>Never.</p><script>for (;;) {}</script>`),
  '/bounce': (url) => page('Bounce', `<script>location.href = '/bounce?${Number(url.search.slice(1)) + 1}'</script>`),
  '/meta': (url) => `<!doctype html><meta http-equiv=refresh content="0; url=${url.searchParams.get('to') ?? ''}"><p>Moving.</p>`,
  '/location': (url) => page('Location', `<script>location.href = ${JSON.stringify(url.searchParams.get('to'))}</script>`),
  '/ways': (url) => tryAll((url.searchParams.get('to') ?? '').split(','), url.searchParams.has('heavy') ? heavyWays : lightWays),
  '/rtc': (url) =>
    page(
      'RTC',
      `<script>const c = new RTCPeerConnection({ iceServers: [{ urls: 'stun:${url.searchParams.get('to') ?? ''}' }] })
       c.createDataChannel('x'); c.createOffer().then((o) => c.setLocalDescription(o))</script><p>Called.</p>`,
    ),
  '/tamper': () =>
    page(
      'Tamper',
      `<p>Visible.</p><button>Real</button><script>
       String.prototype.slice = Array.prototype.map = document.querySelectorAll = () => { throw new Error('mine') }
       Object.defineProperty(Element.prototype, 'outerHTML', { get: () => 'x'.repeat(9e7) }); globalThis.JSON = null</script>`,
    ),
  '/listener': () =>
    page(
      'Listener',
      `<style>#f { transition: opacity 1ms } x-own { display: block; height: 20px }</style>
       <form id=f action=/found dirname=d><input name=q dirname=q.dir value=rope><input name=off type=checkbox value=a><input name=on type=checkbox checked value=b>
       <select name=s multiple aria-label=Sort><option selected>x<option>y<option selected disabled>z</select><textarea name=t>long</textarea>
       <input name=secret type=password value=hunter2><input name=action value=mine><input name=elements value=mine><input name=getAttribute value=mine>
       <input name=gone disabled value=x><fieldset disabled><input name=inside value=x></fieldset><input type=hidden name=h value=1>
       <button name=b value=1>First</button><button name=b value=2>Second</button><input type=image name=p alt=Third></form>
       <img name=URL><img name=baseURI><a href="#%E0%A4%A">Broken</a><div style="height:3000px"></div><details><summary>More</summary><p>Hidden.</p></details>
       <iframe src="/framed"></iframe><output id=heard></output><p id=looked></p><script>
       const heard = (what) => { document.getElementById('heard').append(what + '; ') }
       const events = new Set(['formdata', 'focusin', 'focusout', 'DOMActivate', 'visibilitychange', 'selectionchange', 'transitionrun', 'beforematch'])
       for (const of of [window, document, HTMLElement.prototype, SVGElement.prototype]) for (const name in of) if (/^on/.test(name)) events.add(name.slice(2))
       onload = () => setTimeout(() => {
         for (const name of events) if (!/message|load|pagereveal|progress|abort|device/.test(name)) addEventListener(name, (event) => heard('event ' + name), true)
         new MutationObserver(() => heard('a change')).observe(f, { subtree: true, childList: true, attributes: true, characterData: true })
         let sizes = 0
         new ResizeObserver(() => ++sizes > 1 && heard('a size')).observe(f)
         for (const Kind of [Element, HTMLElement, HTMLInputElement, HTMLFormElement, HTMLSelectElement, Node, Document])
           for (const [name, was] of Object.entries(Object.getOwnPropertyDescriptors(Kind.prototype))) {
             if (!was.configurable || /^(append|textContent|constructor|ownerDocument|getElementById)$/.test(name)) continue
             const spy = (of) => of && function (...given) { heard('a call of ' + name); return of.apply(this, given) }
             Object.defineProperty(Kind.prototype, name, 'value' in was ? (typeof was.value === 'function' ? { ...was, value: spy(was.value) } : was) : { ...was, get: spy(was.get), set: spy(was.set) })
           }
         let touched = false
         let looks = 0
         setInterval(() => {
           if (navigator.userActivation.hasBeenActive && !touched) touched = heard('a hand') ?? true
           document.getElementById('looked').textContent = 'Looked ' + ++looks + ' times.'
         }, 20)
       }, 0)</script>`,
    ),
  '/ten-frames': () =>
    page('Ten frames', Array.from({ length: 10 }, (_, at) => `<iframe srcdoc="<input type=checkbox aria-label='box ${at}'>"></iframe>`).join('')),
  '/frames': (url) =>
    page(
      'Frames',
      `<p>Outside.</p><iframe src="/framed"></iframe><iframe src="${url.searchParams.get('other')}/framed?of=another+site"></iframe>
       <iframe src="/framed?of=a+pixel" style="width:1px;height:1px"></iframe>`,
    ),
  '/with': (url) => page('With', `<h1>A page of its own</h1>${url.searchParams.get('what')}`),
  '/framed': (url) =>
    page(
      'Framed',
      `<p>Inside of ${url.searchParams.get('of') ?? 'this site'}.</p><button onclick="this.textContent = 'Pressed'">Press in ${url.searchParams.get('of') ?? 'this site'}</button>`,
    ),
  '/shadow': () =>
    page(
      'Shadow',
      `<p>Light.</p><x-card>Slotted text</x-card><x-closed style="display:block;width:200px;height:50px"></x-closed><script>
       customElements.define('x-card', class extends HTMLElement { constructor() { super(); this.made = ++made
         this.attachShadow({ mode: 'open' }).innerHTML = '<p>In the shadow: <slot></slot></p><button>Deep</button><x-inner></x-inner>'
         this.shadowRoot.querySelector('button').onclick = () => { document.title = 'Deep pressed' } } })
       customElements.define('x-inner', class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: 'open' }).innerHTML = '<p>Deeper still</p>' } })
       customElements.define('x-closed', class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: 'closed' }).innerHTML = 'Hidden' } })</script>`,
    ).replace('<p>Light', '<script>made = 0</script><p>Light'),
  '/late': () =>
    page(
      'Late',
      `<main aria-busy=true>Loading…</main><script>setTimeout(() => { document.querySelector('main').outerHTML = '<p>Here at last.</p>' }, 1500)</script>`,
    ),
  '/empty-first': () =>
    page('Empty first', `<main></main><script>setTimeout(() => { document.querySelector('main').innerHTML = '<p>Here at last.' }, 1500)</script>`),
  '/busy': (url) =>
    page(
      'Busy',
      `<p>The first part of the page, which is there at once and long enough to be read as one.</p><p id=p aria-busy=true>Loading…</p>
       <script>if (!${url.searchParams.has('ever')}) setTimeout(() => { p.removeAttribute('aria-busy'); p.textContent = 'The rest of it.' }, 3500)</script>`,
    ),
  '/typed': () =>
    page(
      'Typed',
      `<p>The first part of the page, which is there at once and long enough to be read as one.</p><p id=p></p>
       <script>let n = 0; const timer = setInterval(() => { p.append(' word', ++n === 12 ? ' the last' : ''); if (n === 12) clearInterval(timer) }, 100)</script>`,
    ),
  '/later': () =>
    page(
      'Later',
      `<p>The first part of the page, which is there at once and long enough to be read as one.</p>
       <p id=p></p><script>setTimeout(() => { p.textContent = 'The second part.' }, 4000)</script>`,
    ),
  '/list': () =>
    page(
      'List',
      `<ul id=l></ul><script>let n = 0
       const more = () => { for (let i = 0; i < 20 && n < 200; i++) { const li = document.createElement('li'); li.style.height = '100px'; li.textContent = 'Item ' + ++n; l.append(li) } }
       more(); addEventListener('scroll', () => { document.title = scrollY < innerHeight ? 'Within a screen' : 'Further'; if (innerHeight + scrollY > document.body.scrollHeight - 50) more() })</script>`,
    ),
  '/noise': () =>
    page('Noise', `<p>Loud.</p><script>setInterval(() => { for (let i = 0; i < 2000; i++) console.log('x'.repeat(10000)) }, 0)</script>`),
}

/** A small web to browse, with the tricks that hostile pages play on a browser. It keeps what it was asked. */
export async function startSite(): Promise<Site> {
  const requests: SiteRequest[] = []

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://site')
    let body = ''
    for await (const chunk of incoming.setEncoding('utf8') as AsyncIterable<string>) body += chunk
    const request = { method: incoming.method ?? '', path: url.pathname + url.search, body, cookie: incoming.headers.cookie ?? '' }
    requests.push(request)
    const to = url.searchParams.get('to') ?? '/redirects'
    switch (url.pathname) {
      case '/redirect':
        return void response.writeHead(302, { location: to }).end()
      case '/redirects':
        return void response.writeHead(302, { location: `/redirects?${requests.length}` }).end()
      case '/file.exe':
        return void response
          .writeHead(200, { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment; filename="gift.exe"' })
          .end('MZ')
      case '/report.pdf':
        return void response
          .writeHead(200, { 'content-type': 'application/pdf' })
          .end(makePdf(['The report begins here', '', 'High water at noon'], 1))
      case '/tides.csv':
        return void response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' }).end('day,high\nMonday,12:00\nTuesday,12:50\n')
      case '/notes.txt':
        return void response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('Plain notes: the tide comes in.\n')
      case '/file.zip':
        return void response.writeHead(200, { 'content-type': 'application/zip' }).end('PK made of letters alone')
      case '/picture.svg':
        return void response
          .writeHead(200, { 'content-type': 'image/svg+xml' })
          .end(`<svg xmlns="http://www.w3.org/2000/svg"><title>Chart</title><style>a{}</style><text>High water <tspan>at noon</tspan></text></svg>`)
      case '/blank.svg':
        return void response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(`<svg xmlns="http://www.w3.org/2000/svg"/>`)
      case '/huge':
        return void response.writeHead(200, { 'content-type': 'text/html' }).end(`<title>Huge</title>${'<p>word word word</p>'.repeat(30_000)}`)
      case '/stream':
        return endless(response)
    }
    const render = pages[url.pathname]
    if (url.pathname === '/set-cookie') response.setHeader('set-cookie', 'who=me')
    response.writeHead(render ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' })
    response.end(render ? render(url, request) : page('Nothing here', '<p>Not found.</p>'))
  }

  const server = createServer((incoming, response) => void answer(incoming, response).catch(() => response.destroy()))
  return { ...(await listenOnLoopback(server)), requests }
}

function endless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' })
  response.write('<title>Endless</title><p>It begins.</p>')
  const more = setInterval(() => response.write('<p>and goes on</p>'), 20)
  response.once('close', () => clearInterval(more))
}
