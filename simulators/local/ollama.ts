import { readJson, type RunningServer, sendJson, serve } from '../../api/src/practice-model/http.ts'
import { streamAnswer } from './answer.ts'

type OllamaModel = { name: string; family: string; contextTokens: number; capabilities: string[]; parameters?: string }

/** An Ollama as version 0.12 answers; `url` is its root. */
export async function startOllama(models: OllamaModel[]): Promise<RunningServer & { root: string; asked: string[] }> {
  const asked: string[] = []
  const details = ({ family }: OllamaModel) => ({
    parent_model: '',
    format: 'gguf',
    family,
    families: [family],
    parameter_size: '8.2B',
    quantization_level: 'Q4_K_M',
  })
  const server = await serve(async (request, response, path) => {
    asked.push(path)
    if (path === '/') return void response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('Ollama is running')
    if (path === '/api/version') return sendJson(response, 200, { version: '0.12.6' })
    if (path === '/api/tags') {
      const entry = (model: OllamaModel) => ({
        name: model.name,
        model: model.name,
        modified_at: '2026-10-05T10:27:02.481+02:00',
        size: 5_225_388_164,
        digest: '500a1f067a9f782620b40bee6f7b0c89e17ae61f686b92c24933e4ca4b2b8b41',
        details: details(model),
      })
      return sendJson(response, 200, { models: models.map(entry) })
    }
    if (path === '/v1/models') {
      const data = models.map(({ name }) => ({ id: name, object: 'model', created: 1_759_652_822, owned_by: 'library' }))
      return sendJson(response, 200, { object: 'list', data })
    }
    const body = await readJson(request)
    const model = models.find(({ name }) => name === body.model)
    if (path === '/api/show') {
      if (!model) return sendJson(response, 404, { error: `model '${String(body.model)}' not found` })
      const { family, contextTokens, capabilities, parameters } = model
      return sendJson(response, 200, {
        license: 'Apache License',
        modelfile: `FROM ${model.name}`,
        ...(parameters !== undefined && { parameters }),
        template: '{{ .Prompt }}',
        details: details(model),
        model_info: {
          'general.architecture': family,
          'general.parameter_count': 8_190_735_360,
          [`${family}.attention.head_count`]: 32,
          [`${family}.context_length`]: contextTokens,
          'tokenizer.ggml.tokens': null,
        },
        capabilities,
        modified_at: '2026-10-05T10:27:02.481+02:00',
      })
    }
    if (path !== '/v1/chat/completions') return void response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found')
    if (!model) {
      const message = `model '${String(body.model)}' not found`
      return sendJson(response, 404, { error: { message, type: 'not_found_error', param: null, code: null } })
    }
    if (Array.isArray(body.tools) && body.tools.length > 0 && !model.capabilities.includes('tools')) {
      const message = `registry.ollama.ai/library/${model.name} does not support tools`
      return sendJson(response, 400, { error: { message, type: 'invalid_request_error', param: null, code: null } })
    }
    streamAnswer(response, body, { id: 'chatcmpl-417', text: `Yes, from ${model.name}.`, more: { system_fingerprint: 'fp_ollama' } })
  })
  return { ...server, root: server.url.replace(/\/v1$/, ''), asked }
}
