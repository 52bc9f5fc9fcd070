/**
 * The one function of n8n's SDK for AI nodes that is used here. n8n brings the SDK; installing it for its types would
 * bring 400 MB of LangChain.
 */
declare module '@n8n/ai-node-sdk' {
  import type { ISupplyDataFunctions, SupplyData } from 'n8n-workflow'

  interface OpenAiModel {
    type: 'openai'
    baseUrl: string
    apiKey: string
    model: string
    temperature?: number
    maxTokens?: number
    maxRetries?: number
    timeout?: number
  }
  export function supplyModel(context: ISupplyDataFunctions, model: OpenAiModel): SupplyData
}
