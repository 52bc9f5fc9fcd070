import { Command } from 'commander'
import { addAirflow } from './airflow'
import { addApiKeys } from './api-keys'
import { addApprovals } from './approvals'
import { addChat } from './chat'
import { addConnections } from './connections'
import type { CliContext } from './context'
import { addDatasets } from './datasets'
import { addDeploy } from './deploy'
import { addEvaluate } from './evaluate'
import { addFiles } from './files'
import { addFineTune } from './fine-tune'
import { addGenerate } from './generate'
import { addJobs } from './jobs'
import { addJobsBulk } from './jobs-bulk'
import { addModels } from './models'
import { addProjects } from './projects'
import { addRun } from './run'
import { addQueues } from './queues'
import { addSchedules } from './schedules'
import { addSignIn } from './sign-in'
import { addUsage } from './usage'
import { addWebhooks } from './webhooks'
import { addWorkers } from './workers'

const commands = [
  addSignIn,
  addRun,
  addFiles,
  addDatasets,
  addConnections,
  addFineTune,
  addEvaluate,
  addDeploy,
  addApprovals,
  addGenerate,
  addChat,
  addModels,
  addJobs,
  addJobsBulk,
  addSchedules,
  addAirflow,
  addQueues,
  addUsage,
  addApiKeys,
  addProjects,
  addWorkers,
  addWebhooks,
]

/**
 * The commands that talk to a server. Run with `await buildProgram(context).parseAsync(argv)`; a command that fails
 * prints why and sets `process.exitCode` to 1.
 */
export const buildProgram = (context: CliContext): Command => {
  const program = new Command('forge')
    .description('Model steps on your own machines: ingest, fine-tune, evaluate, deploy, generate')
    .option('--json', 'answer with JSON')
    .option('--server <url>', 'address of the server (FORGE_SERVER_URL)')
    .option('--key <key>', 'API key (FORGE_API_KEY)')
    .showHelpAfterError('(--help shows what a command takes)')
  for (const add of commands) add(program, context)
  return program
}
