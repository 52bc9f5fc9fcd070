import { z } from 'zod'

/** A base model that Forge knows by name. */
export const baseModelPreset = z.object({
  name: z.string().describe('what `base_model` takes; also its folder in the models folder'),
  title: z.string(),
  parameters: z.int().positive(),
  context_tokens: z.int().positive().describe('longest prompt and answer together that it was trained with'),
  training_memory_bytes: z.int().positive().describe('of a LoRA run with the default hyperparameters on CPU'),
  serving_memory_bytes: z.int().positive().describe('of one engine with the base and one adapter'),
  languages: z.array(z.string()).describe('ISO 639-1: those that it was mainly trained on'),
  license: z.string(),
})
export type BaseModelPreset = z.infer<typeof baseModelPreset>

/** What is trained where no base is named; set-up puts it there. */
export const defaultBaseModel = 'smollm2-135m-instruct'

const gibibyte = 1024 ** 3

/** The presets. `folder:<name>` and Hugging Face ids work beside them; what they need is measured, not listed. */
export const baseModelPresets: readonly BaseModelPreset[] = [
  {
    name: defaultBaseModel,
    title: 'SmolLM2 135M Instruct',
    parameters: 134_515_008,
    context_tokens: 8192,
    training_memory_bytes: 2 * gibibyte,
    serving_memory_bytes: gibibyte,
    languages: ['en'],
    license: 'Apache-2.0',
  },
]

/** The preset of that name, or undefined. */
export const findBaseModelPreset = (name: string): BaseModelPreset | undefined =>
  baseModelPresets.find((preset) => preset.name === name)
