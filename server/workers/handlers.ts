import type { Outputs } from '../contract/workers'
import { deploy } from '../steps/deploy.handler'
import { evaluate } from '../steps/evaluate.handler'
import { fineTune } from '../steps/fine-tune.handler'
import { generate } from '../steps/generate.handler'
import type { Handler } from '../steps/handler'
import { ingest } from '../steps/ingest.handler'
import { sleep } from '../steps/sleep.handler'

export type Handlers = { [Kind in Outputs['kind']]: Handler<Kind> }

/** The work of every step kind that a worker runs; a recipe's own job is the server's. */
export const handlers: Handlers = { sleep, ingest, 'fine-tune': fineTune, evaluate, deploy, generate }

/** These write a checkpoint when they pause. The others are ended at once and begin again when resumed. */
export const pausingKinds: ReadonlySet<string> = new Set(['sleep', 'fine-tune'])
