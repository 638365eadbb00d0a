import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** The frames that draw what a model wrote: scripts of their own, for they can share nothing with the page. */
export default defineConfig({
  root: fileURLToPath(new URL('./frame/', import.meta.url)),
  base: '/frame/',
  build: {
    outDir: '../dist/frame',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: 'es2022',
    rolldownOptions: { input: ['diagram', 'chart', 'artifact'].map((name) => fileURLToPath(new URL(`./frame/${name}.html`, import.meta.url))) },
  },
})
