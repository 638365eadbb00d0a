import { startScriptedModel } from '../../../simulators/openai/scripted.ts'
import { storyteller } from './story.ts'

/** The storyteller as a process of its own, which a test can pause. */
const model = await startScriptedModel(storyteller)
process.send?.(model.url)
