import { readFileSync } from 'node:fs'
import { type Server, createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'

const ofWebApp = createRequire(new URL('../web/package.json', import.meta.url))
const ofReactDom = createRequire(ofWebApp.resolve('react-dom'))
const bundled = [
  ['react', ofWebApp, 'react/cjs/react.production.js'],
  ['scheduler', ofReactDom, 'scheduler/cjs/scheduler.production.js'],
  ['react-dom', ofWebApp, 'react-dom/cjs/react-dom.production.js'],
  ['react-dom/client', ofWebApp, 'react-dom/cjs/react-dom-client.production.js'],
] as const

const html = '<!doctype html><html lang="en"><title>Bare</title><div id="root"></div><script src="/page.js"></script></html>'

/** A page that mounts one text area with React and does nothing else: the least that a page of this kind can take. */
export async function startBarePage() {
  const script = written()
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : html)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, [Symbol.asyncDispose]: () => closed(server) }
}

function written(): string {
  const modules = bundled.map(([name, { resolve }, file]) => {
    const folder = resolve(`${name.split('/')[0]}/package.json`).replace(/[^/]+\/package\.json$/, '')
    return `${JSON.stringify(name)}: ((exports, require, module) => {\n${readFileSync(folder + file, 'utf8')}\n})`
  })
  // In brackets, so that a browser compiles each at once and not twice.
  return `(() => {
    const sources = {${modules.join(',\n')}}
    const had = {}
    const require = (name) => {
      if (!had[name]) sources[name]((had[name] = { exports: {} }).exports, require, had[name])
      return had[name].exports
    }
    const root = require('react-dom/client').createRoot(document.getElementById('root'))
    root.render(require('react').createElement('textarea', { id: 'message' }))
  })()`
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
