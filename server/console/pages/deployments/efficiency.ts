import type { Usage } from '../../../contract/usage'

/** Tokens that a joule gave; null where energy or tokens were not counted. */
export const tokensPerJoule = ({ tokens, energy_joules, method }: Usage): number | null =>
  method === null || tokens === null || tokens === 0 || energy_joules === 0 ? null : tokens / energy_joules
