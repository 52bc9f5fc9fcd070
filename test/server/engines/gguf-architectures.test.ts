import { findGgufArchitecture } from '../../../server/engines/gguf-architectures'

test('CPU serving takes adapters of Llama models', () => {
  expect(findGgufArchitecture('LlamaForCausalLM')).toMatchObject({ gguf: 'llama', adapterGguf: true })
})

test('an architecture without a logprob test is not on the list', () => {
  expect(findGgufArchitecture('MambaForCausalLM')).toBeUndefined()
})
