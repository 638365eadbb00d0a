export { type BundledEmbeddings, openBundledEmbeddings } from './bundled-embeddings.ts'
export { createProviderEmbeddings, type ProviderEmbeddingsOptions } from './provider-embeddings.ts'
