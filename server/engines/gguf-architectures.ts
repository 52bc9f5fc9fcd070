/** A model architecture whose fine-tuned adapters the CPU serving engine answers with. */
export interface GgufArchitecture {
  /** `general.architecture` in the GGUF. */
  gguf: string
  /** `architectures[0]` in Hugging Face's config.json. */
  huggingFace: string
  /** Whether a LoRA adapter is converted on its own; otherwise it is merged into the weights first. */
  adapterGguf: boolean
}

/**
 * What CPU serving can take. An entry is added together with a test that compares logprobs of base and adapter with
 * Transformers and PEFT; until then a model of that architecture is served by a GGUF its user brings, or by the slow
 * Transformers engine.
 */
export const ggufArchitectures: readonly GgufArchitecture[] = [
  { gguf: 'llama', huggingFace: 'LlamaForCausalLM', adapterGguf: true },
]

/** The entry for a Hugging Face architecture, or undefined when CPU serving cannot take its fine-tuned models. */
export const findGgufArchitecture = (huggingFace: string): GgufArchitecture | undefined =>
  ggufArchitectures.find((architecture) => architecture.huggingFace === huggingFace)
