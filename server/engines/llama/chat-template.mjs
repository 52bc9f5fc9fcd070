import { Template } from '@huggingface/jinja'
import { ApiError, invalid } from './api-error.mjs'

/**
 * Messages to token ids by the Jinja template inside the GGUF, as Hugging Face's `apply_chat_template` does it:
 * rendered to text, then tokenized with special tokens recognised and none added.
 */
export class ChatTemplate {
  #model
  #template
  #specials

  /** @param {import('node-llama-cpp').LlamaModel} model */
  constructor(model) {
    this.#model = model
    const source = model.fileInfo.metadata.tokenizer?.chat_template
    this.#template = source === undefined ? null : new Template(source)
    this.#specials = { bos_token: model.tokens.bosString ?? '', eos_token: model.tokens.eosString ?? '' }
  }

  /**
   * @param {{role: string, content: string}[]} messages
   * @throws {ApiError} when the GGUF has no template, or the template refuses the messages
   */
  render(messages, { addGenerationPrompt = true } = {}) {
    if (this.#template === null) {
      throw new ApiError(400, 'no_chat_template', 'This GGUF holds no chat template.', {
        hint: 'Convert the model again with the tokenizer folder that has its chat template.',
      })
    }
    try {
      return this.#template.render({ messages, add_generation_prompt: addGenerationPrompt, ...this.#specials })
    } catch (error) {
      throw invalid('messages', `The model's chat template refuses these messages: ${error.message}`)
    }
  }

  /** Token ids of the rendered prompt. */
  tokens(messages, options) {
    return this.tokenize(this.render(messages, options))
  }

  /** Token ids of a text: special tokens are recognised, none is added. */
  tokenize(text) {
    return this.#model.tokenize(text, true)
  }
}
