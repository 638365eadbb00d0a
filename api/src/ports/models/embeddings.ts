export { openBundledEmbeddings } from './bundled-embeddings.ts'
export { createProviderEmbeddings } from './provider-embeddings.ts'
