export { bundledEncoder, openBundledEmbeddings } from './bundled-embeddings.ts'
export { createProviderEmbeddings } from './provider-embeddings.ts'
export { openWordVectors, type WordVectors } from './word-vectors.ts'
