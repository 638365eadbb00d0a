import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { createChunkGroups } from './vite/chunks.ts'
import { scriptBudget } from './vite/script-budget.ts'
import { leanIcons } from './vite/lean-icons.ts'
import { ownEndpoints } from './vite/own-endpoints.ts'
import { ownWords } from './vite/own-words.ts'
import { slimContracts } from './vite/slim-contracts.ts'
import { serviceWorker } from './vite/worker.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
/** What a worker imports is found by no page. */
const highlighter = readFileSync(at('./src/features/chat/markdown/highlighter-worker.ts'), 'utf8')
const ofHighlighter = [...highlighter.matchAll(/'(shiki\/[^']+)'/g)].map(([, name = '']) => name)
const server = process.env['JARVIS_URL'] ?? 'http://127.0.0.1:3000'

export default defineConfig({
  root: at('.'),
  plugins: [
    react(),
    tailwindcss(),
    slimContracts(),
    ownEndpoints(),
    ownWords(),
    leanIcons(),
    scriptBudget({ needs: ['/src/shell.tsx', '/src/features/chat/chat-page.tsx'], bytesMax: 120_000 }),
    serviceWorker({
      file: at('./worker/worker.js'),
      src: at('./src/'),
      later: ['features/admin/', 'features/chat/markdown/katex.ts', 'ui/day-chart.tsx'],
    }),
  ],
  resolve: {
    alias: [
      // Ours only: dependencies have imports of their own that begin with #.
      { find: /^#(?=(?:lib|ui|words|features)\/)/, replacement: at('./src/') },
      // The browser needs an endpoint's method and url only: the server validates. Without this zod costs 31 kB gzip.
      // Every browser that we serve has React's own; the shim would come with it.
      { find: /^use-sync-external-store\/shim\/with-selector$/, replacement: 'use-sync-external-store/with-selector' },
      { find: /^zod$/, replacement: fileURLToPath(import.meta.resolve('./src/lib/no-zod.ts')) },
    ],
  },
  // A font or icon as a data: URL would be refused by the CSP.
  build: {
    assetsInlineLimit: 0,
    target: 'es2022',
    reportCompressedSize: true,
    rolldownOptions: { output: { codeSplitting: { groups: createChunkGroups(at('./src/')) } } },
  },
  // Found only when a page first draws a chart or reads a table, it would reload that page.
  optimizeDeps: { include: ['d3-dsv', 'uplot', ...ofHighlighter] },
  // Its languages are files of their own.
  worker: { format: 'es' },
  server: { proxy: { '/api': { target: server, ws: true } } },
})
