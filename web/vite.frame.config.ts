import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** The frame that draws diagrams: scripts of its own, for it can share nothing with the page. */
export default defineConfig({
  root: fileURLToPath(new URL('./frame/', import.meta.url)),
  base: '/frame/',
  build: {
    outDir: '../dist/frame',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: 'es2022',
    rolldownOptions: { input: fileURLToPath(new URL('./frame/diagram.html', import.meta.url)) },
  },
})
