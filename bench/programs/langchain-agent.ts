import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages'
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs'
import { createAgent, tool } from 'langchain'
import { Agent, request } from 'undici'
import { z } from 'zod'
import { readDeltas, serve } from './socket-server.ts'

// LangChain as its documentation shows it: createAgent, one tool, `streamMode: 'messages'`. The model is as lean as its interface lets it be,
// so what this costs more than the bare proxy is LangChain's own streaming.

const { OPENAI_BASE_URL } = process.env
const dispatcher = new Agent()

class LeanModel extends BaseChatModel {
  override _llmType(): string {
    return 'bench'
  }

  override bindTools(): this {
    return this
  }

  override async _generate(): Promise<ChatResult> {
    throw new Error('only streams')
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    manager?: Parameters<BaseChatModel['_streamResponseChunks']>[2],
  ) {
    const body = {
      model: 'bench',
      stream: true,
      messages: messages.map((message) => ({ role: message.type === 'human' ? 'user' : 'assistant', content: message.text })),
    }
    const response = await request(`${OPENAI_BASE_URL}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      dispatcher,
      signal: options.signal,
    })
    const arrived: string[] = []
    let wake = () => {}
    let ended = false
    const reading = readDeltas(response.body, (delta) => (arrived.push(delta), wake())).finally(() => ((ended = true), wake()))
    for (;;) {
      for (const text of arrived.splice(0)) {
        const chunk = new ChatGenerationChunk({ text, message: new AIMessageChunk({ content: text }) })
        yield chunk
        await manager?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, { chunk })
      }
      if (arrived.length > 0) continue
      if (ended) return await reading
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
}

const clock = tool(() => new Date().toISOString(), { name: 'clock', description: 'The time.', schema: z.object({}) })
const agent = createAgent({ model: new LeanModel({}), tools: [clock] })

await serve(async (text, tell) => {
  const stream = await agent.stream({ messages: [{ role: 'user', content: text }] }, { streamMode: 'messages' })
  for await (const [chunk] of stream) if (AIMessageChunk.isInstance(chunk) && chunk.text) tell(chunk.text)
})
