/* global appVersion, appShell -- the build writes them above: a name of what it made, and the scripts that a conversation is read with */
// Between the page and the network. It keeps the program, never what people wrote: pages come from the network first, files whose name holds
// their hash from the cache first. What was read is kept by the page, for its person.

const cacheName = `jarvis-${appVersion}`
const pageKey = '/'
/** What is no page of the app, at whatever path it is asked for. */
const elsewhere = /^\/(api|docs|v1|scim|frame|mcp|openapi\.json|healthz|readyz|metrics)(\/|$)/
/** Beside the page, and without a hash. */
const beside = /^\/(theme\.js|oldest\.js|favicon\.svg|manifest\.webmanifest|icon-[\w-]+\.png)$/
/** By the address alone: the server varies by `Origin` too, which the worker's own requests lack, and a file is the same for all of ours. */
const byAddress = { ignoreVary: true }
/** A server that gives nothing for so long is taken for away where the page is kept. */
const patienceMs = 8000

self.addEventListener('install', (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(tidy())
})

async function fill() {
  const cache = await caches.open(cacheName)
  await cache.addAll([pageKey, '/theme.js', '/oldest.js', '/favicon.svg', ...appShell].map((url) => new Request(url, { cache: 'no-cache' })))
}

async function tidy() {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name.startsWith('jarvis-') && name !== cacheName).map((name) => caches.delete(name)))
  await self.clients.claim()
}

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin || elsewhere.test(pathname)) return
  if (request.mode === 'navigate') event.respondWith(page(request))
  else if (pathname.startsWith('/assets/')) event.respondWith(asset(request))
  else if (beside.test(pathname)) event.respondWith(newest(request))
})

async function page(request) {
  const cache = await caches.open(cacheName)
  const kept = await cache.match(pageKey, byAddress)
  try {
    const answer = await (kept ? Promise.race([fetch(request), late()]) : fetch(request))
    // A proxy in front of a server that is away.
    return kept && [502, 503, 504].includes(answer.status) ? kept : answer
  } catch (error) {
    if (kept) return kept
    throw error
  }
}

const late = () => new Promise((_, reject) => setTimeout(() => reject(new Error('no answer in time')), patienceMs))

async function asset(request) {
  const cache = await caches.open(cacheName)
  const kept = await cache.match(request, byAddress)
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok && answer.status === 200) await cache.put(request, answer.clone()).catch(() => undefined)
  return answer
}

async function newest(request) {
  const cache = await caches.open(cacheName)
  try {
    return await fetch(request)
  } catch (error) {
    const kept = await cache.match(request, byAddress)
    if (kept) return kept
    throw error
  }
}

self.addEventListener('push', (event) => {
  event.waitUntil(tell(event.data))
})

/** Safari takes the right to be told from who shows nothing; the others let a page that is seen say it. */
const mustShow = /AppleWebKit/.test(navigator.userAgent) && !/Chrome/.test(navigator.userAgent)

/** What is said was worded by the server; what cannot be read is no reason to say nothing, which browsers do not allow. */
async function tell(data) {
  const { title, body, lang, conversationId } = read(data)
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const isSeen = pages.some(({ visibilityState }) => visibilityState === 'visible')
  if (isSeen && !mustShow) return
  const tag = conversationId ?? 'jarvis'
  const options = { body, lang, dir: 'auto', tag, icon: '/icon-192.png', data: { conversationId } }
  // A later one of the same conversation takes its place, and is news all the same.
  await self.registration.showNotification(title, { ...options, ...(isSeen ? { silent: true } : { renotify: true }) })
  if (isSeen) for (const notice of await self.registration.getNotifications({ tag })) notice.close()
}

function read(data) {
  try {
    const { title, body, lang, conversationId } = data.json()
    const texts = [title, body, lang, conversationId]
    if (texts.every((text) => typeof text === 'string')) return { title, body, lang, conversationId }
  } catch {
    // Said below.
  }
  return { title: 'Jarvis', body: '', lang: 'en' }
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(show(event.notification.data?.conversationId))
})

/** In the page that is open, whose state would be lost by another one, or in a new one. */
async function show(conversationId) {
  if (typeof conversationId !== 'string') return
  const [page] = await self.clients.matchAll({ type: 'window' })
  if (!page) return void (await self.clients.openWindow(`/c/${encodeURIComponent(conversationId)}`))
  page.postMessage({ open: conversationId })
  await page.focus()
}

self.addEventListener('message', (event) => {
  // What the page had loaded before there was a worker.
  if (Array.isArray(event.data?.loaded)) event.waitUntil(keepLoaded(event.data.loaded))
})

async function keepLoaded(urls) {
  const cache = await caches.open(cacheName)
  const own = urls.filter((url) => typeof url === 'string' && new URL(url, location.origin).pathname.startsWith('/assets/'))
  for (const url of own) if (!(await cache.match(url, byAddress))) await cache.add(url).catch(() => undefined)
}
