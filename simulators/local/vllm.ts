import { readJson, type RunningServer, sendJson, serve } from '../../api/src/practice-model/http.ts'
import { streamAnswer } from './answer.ts'

/** A vLLM as version 0.11 answers, with one model and without tools switched on. */
export async function startVllm({ model, contextTokens }: { model: string; contextTokens: number }): Promise<RunningServer> {
  return await serve(async (request, response, path) => {
    if (path === '/version') return sendJson(response, 200, { version: '0.11.0' })
    if (path === '/v1/models') {
      const permission = { id: 'modelperm-7f1c', object: 'model_permission', created: 1_764_000_000, allow_sampling: true, organization: '*' }
      const entry = { id: model, object: 'model', created: 1_764_000_000, owned_by: 'vllm', root: model, parent: null }
      return sendJson(response, 200, { object: 'list', data: [{ ...entry, max_model_len: contextTokens, permission: [permission] }] })
    }
    if (path !== '/v1/chat/completions') return sendJson(response, 404, { detail: 'Not Found' })
    const body = await readJson(request)
    const refuse = (code: number, type: string, message: string) => sendJson(response, code, { error: { message, type, param: null, code } })
    if (body.model !== model) return refuse(404, 'NotFoundError', `The model \`${String(body.model)}\` does not exist.`)
    if (Array.isArray(body.tools) && body.tools.length > 0)
      return refuse(400, 'BadRequestError', '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')
    streamAnswer(response, body, { id: 'chatcmpl-2a9e8f', text: `Yes, from ${model}.` })
  })
}
