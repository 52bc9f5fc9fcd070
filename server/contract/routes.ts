import { z } from 'zod'
import { apiKey, createApiKey, createdApiKey } from './api-keys'
import { chatCompletion, chatRequest } from './chat'
import { createDataset, dataset, datasetPreview, datasetVersion, previewQuery } from './datasets'
import { createDeployment, deployment, updateDeployment } from './deployments'
import { createEvaluation, evaluation, evaluationItems } from './evaluations'
import { file, fileQuery, rawUploadQuery } from './files'
import { createFineTuningJob, fineTuningEvent, fineTuningJob, fineTuningQuery } from './fine-tuning'
import { createGeneration, generation } from './generations'
import { byId, deleted, pageOf, pageQuery } from './ids'
import { createJob } from './create-job'
import { estimate, job, jobEvent, jobLog, jobQuery } from './jobs'
import { artifactParams, model } from './models'
import { applyRecipe, recipePlan, recipeRun } from './recipes'
import { route } from './route'
import { usageQuery, usageReport } from './usage-query'
import * as w from './workers'

const status = z.object({ status: z.string() })

/** Everything that is public, in one list. */
export const routes = {
  healthz: route({ method: 'GET', path: '/healthz', summary: 'The process is alive', scope: null, reply: status, errors: [] }),
  readyz: route({ method: 'GET', path: '/readyz', summary: 'The database answers and migrations are done', scope: null, reply: status, errors: [] }),
  metrics: route({ method: 'GET', path: '/metrics', summary: 'Prometheus metrics', scope: null, reply: 'text', errors: [] }),

  createFile: route({ method: 'POST', path: '/v1/files', summary: 'Upload a file (multipart form: purpose, file)', scope: 'write', body: 'multipart', reply: file, errors: ['invalid_request', 'file_empty', 'file_too_large'] }),
  putFile: route({ method: 'PUT', path: '/v1/files/content', summary: 'Upload a file as a raw body', scope: 'write', query: rawUploadQuery, body: 'raw', reply: file, errors: ['invalid_request', 'file_empty', 'file_too_large'] }),
  listFiles: route({ method: 'GET', path: '/v1/files', summary: 'List files', scope: 'read', query: fileQuery, reply: pageOf(file), errors: [] }),
  getFile: route({ method: 'GET', path: '/v1/files/:id', summary: 'One file', scope: 'read', params: byId, reply: file, errors: ['file_not_found'] }),
  getFileContent: route({ method: 'GET', path: '/v1/files/:id/content', summary: 'The bytes of a file', scope: 'read', params: byId, reply: 'bytes', errors: ['file_not_found', 'blob_not_found'] }),
  deleteFile: route({ method: 'DELETE', path: '/v1/files/:id', summary: 'Delete a file', scope: 'write', params: byId, reply: deleted, errors: ['file_not_found'] }),

  createDataset: route({ method: 'POST', path: '/v1/datasets', summary: 'Ingest data into a new dataset, or a new version of one', scope: 'write', body: createDataset, reply: job, status: 201, errors: ['invalid_request', 'file_not_found', 'idempotency_conflict'] }),
  listDatasets: route({ method: 'GET', path: '/v1/datasets', summary: 'List datasets', scope: 'read', query: pageQuery, reply: pageOf(dataset), errors: [] }),
  getDataset: route({ method: 'GET', path: '/v1/datasets/:id', summary: 'One dataset, by id or name', scope: 'read', params: byId, reply: dataset, errors: ['dataset_not_found'] }),
  listDatasetVersions: route({ method: 'GET', path: '/v1/datasets/:id/versions', summary: 'The versions of a dataset', scope: 'read', params: byId, query: pageQuery, reply: pageOf(datasetVersion), errors: ['dataset_not_found'] }),
  previewDataset: route({ method: 'GET', path: '/v1/datasets/:id/preview', summary: 'The first rows', scope: 'read', params: byId, query: previewQuery, reply: datasetPreview, errors: ['dataset_not_found'] }),
  deleteDataset: route({ method: 'DELETE', path: '/v1/datasets/:id', summary: 'Delete a dataset with its versions', scope: 'write', params: byId, reply: deleted, errors: ['dataset_not_found'] }),

  createFineTuningJob: route({ method: 'POST', path: '/v1/fine_tuning/jobs', summary: 'Fine-tune a model', scope: 'write', body: createFineTuningJob, reply: fineTuningJob, errors: ['invalid_request', 'file_not_found', 'dataset_not_found', 'model_not_found', 'idempotency_conflict'] }),
  listFineTuningJobs: route({ method: 'GET', path: '/v1/fine_tuning/jobs', summary: 'List fine-tuning jobs', scope: 'read', query: fineTuningQuery, reply: pageOf(fineTuningJob), errors: [] }),
  getFineTuningJob: route({ method: 'GET', path: '/v1/fine_tuning/jobs/:id', summary: 'One fine-tuning job', scope: 'read', params: byId, reply: fineTuningJob, errors: ['job_not_found'] }),
  cancelFineTuningJob: route({ method: 'POST', path: '/v1/fine_tuning/jobs/:id/cancel', summary: 'Cancel a fine-tuning job', scope: 'write', params: byId, reply: fineTuningJob, errors: ['job_not_found', 'illegal_move'] }),
  listFineTuningEvents: route({ method: 'GET', path: '/v1/fine_tuning/jobs/:id/events', summary: 'Events of a fine-tuning job, newest first', scope: 'read', params: byId, query: pageQuery, reply: pageOf(fineTuningEvent), errors: ['job_not_found'] }),

  listModels: route({ method: 'GET', path: '/v1/models', summary: 'What can be called', scope: 'read', reply: pageOf(model), errors: [] }),
  getModel: route({ method: 'GET', path: '/v1/models/:id', summary: 'One model', scope: 'read', params: byId, reply: model, errors: ['model_not_found'] }),
  getModelContent: route({ method: 'GET', path: '/v1/models/:id/content/:name', summary: 'Download one artifact of a model', scope: 'read', params: artifactParams, reply: 'bytes', errors: ['model_not_found', 'blob_not_found'] }),
  deleteModel: route({ method: 'DELETE', path: '/v1/models/:id', summary: 'Delete a tuned model', scope: 'write', params: byId, reply: deleted, errors: ['model_not_found', 'name_taken'] }),

  createEvaluation: route({ method: 'POST', path: '/v1/evaluations', summary: 'Evaluate a model, beside a baseline', scope: 'write', body: createEvaluation, reply: job, status: 201, errors: ['invalid_request', 'model_not_found', 'dataset_not_found', 'idempotency_conflict'] }),
  listEvaluations: route({ method: 'GET', path: '/v1/evaluations', summary: 'List evaluations', scope: 'read', query: pageQuery, reply: pageOf(evaluation), errors: [] }),
  getEvaluation: route({ method: 'GET', path: '/v1/evaluations/:id', summary: 'One evaluation', scope: 'read', params: byId, reply: evaluation, errors: ['evaluation_not_found'] }),
  getEvaluationItems: route({ method: 'GET', path: '/v1/evaluations/:id/items', summary: 'Its texts and scores, item by item', scope: 'read', params: byId, reply: evaluationItems, errors: ['evaluation_not_found'] }),

  createDeployment: route({ method: 'POST', path: '/v1/deployments', summary: 'Deploy a model under a name', scope: 'write', body: createDeployment, reply: job, status: 201, errors: ['invalid_request', 'model_not_found', 'gate_failed', 'name_taken', 'idempotency_conflict'] }),
  updateDeployment: route({ method: 'PATCH', path: '/v1/deployments/:id', summary: 'Roll out another model, or roll back', scope: 'write', params: byId, body: updateDeployment, reply: job, errors: ['deployment_not_found', 'model_not_found', 'gate_failed'] }),
  listDeployments: route({ method: 'GET', path: '/v1/deployments', summary: 'List deployments', scope: 'read', query: pageQuery, reply: pageOf(deployment), errors: [] }),
  getDeployment: route({ method: 'GET', path: '/v1/deployments/:id', summary: 'One deployment, by id or name', scope: 'read', params: byId, reply: deployment, errors: ['deployment_not_found'] }),
  stopDeployment: route({ method: 'DELETE', path: '/v1/deployments/:id', summary: 'Stop a deployment', scope: 'write', params: byId, reply: deployment, errors: ['deployment_not_found'] }),

  createChatCompletion: route({ method: 'POST', path: '/v1/chat/completions', summary: 'Chat with a model (streams with stream=true)', scope: 'generate', body: chatRequest, reply: chatCompletion, errors: ['invalid_request', 'model_not_found', 'model_not_released', 'unsupported_parameter', 'context_length_exceeded', 'no_replica', 'engine_failed'] }),
  createGeneration: route({ method: 'POST', path: '/v1/generations', summary: 'Many texts in one job', scope: 'generate', body: createGeneration, reply: job, status: 201, errors: ['invalid_request', 'model_not_found', 'file_not_found', 'idempotency_conflict'] }),
  getGeneration: route({ method: 'GET', path: '/v1/generations/:id', summary: 'Its texts, in the order of the items', scope: 'read', params: byId, reply: generation, errors: ['generation_not_found'] }),

  createJob: route({ method: 'POST', path: '/v1/jobs', summary: 'Start a job of any kind', scope: 'write', body: createJob, reply: job, status: 201, errors: ['invalid_request', 'idempotency_conflict'] }),
  estimateJob: route({ method: 'POST', path: '/v1/jobs/estimate', summary: 'What a job would take, before it is started', scope: 'read', body: createJob, reply: estimate, errors: ['invalid_request'] }),
  listJobs: route({ method: 'GET', path: '/v1/jobs', summary: 'List jobs', scope: 'read', query: jobQuery, reply: pageOf(job), errors: [] }),
  getJob: route({ method: 'GET', path: '/v1/jobs/:id', summary: 'One job', scope: 'read', params: byId, reply: job, errors: ['job_not_found'] }),
  cancelJob: route({ method: 'POST', path: '/v1/jobs/:id/cancel', summary: 'Cancel a job', scope: 'write', params: byId, reply: job, errors: ['job_not_found', 'illegal_move'] }),
  pauseJob: route({ method: 'POST', path: '/v1/jobs/:id/pause', summary: 'Pause a job at a checkpoint', scope: 'write', params: byId, reply: job, errors: ['job_not_found', 'illegal_move'] }),
  resumeJob: route({ method: 'POST', path: '/v1/jobs/:id/resume', summary: 'Resume a paused job', scope: 'write', params: byId, reply: job, errors: ['job_not_found', 'illegal_move'] }),
  retryJob: route({ method: 'POST', path: '/v1/jobs/:id/retry', summary: 'A new job like one that failed or was cancelled', scope: 'write', params: byId, reply: job, status: 201, errors: ['job_not_found', 'illegal_move'] }),
  streamJobEvents: route({ method: 'GET', path: '/v1/jobs/:id/events', summary: 'Events as they happen (SSE; Last-Event-ID resumes)', scope: 'read', params: byId, reply: 'sse', errors: ['job_not_found'] }),
  listJobEvents: route({ method: 'GET', path: '/v1/jobs/:id/event_list', summary: 'Events so far', scope: 'read', params: byId, query: pageQuery, reply: pageOf(jobEvent), errors: ['job_not_found'] }),
  getJobLogs: route({ method: 'GET', path: '/v1/jobs/:id/logs', summary: 'The engine log', scope: 'read', params: byId, reply: jobLog, errors: ['job_not_found'] }),

  applyRecipe: route({ method: 'POST', path: '/v1/recipes', summary: 'Run a recipe', scope: 'write', body: applyRecipe, reply: recipeRun, status: 201, errors: ['invalid_request', 'recipe_invalid', 'file_not_found', 'idempotency_conflict'] }),
  planRecipe: route({ method: 'POST', path: '/v1/recipes/plan', summary: 'What a recipe would run', scope: 'read', body: applyRecipe, reply: recipePlan, errors: ['invalid_request', 'recipe_invalid'] }),
  listRecipes: route({ method: 'GET', path: '/v1/recipes', summary: 'List recipe runs', scope: 'read', query: pageQuery, reply: pageOf(recipeRun), errors: [] }),
  getRecipe: route({ method: 'GET', path: '/v1/recipes/:id', summary: 'One recipe run', scope: 'read', params: byId, reply: recipeRun, errors: ['recipe_not_found'] }),
  getUsage: route({ method: 'GET', path: '/v1/usage', summary: 'Energy, cost, CO2e and tokens', scope: 'read', query: usageQuery, reply: usageReport, errors: [] }),

  createApiKey: route({ method: 'POST', path: '/v1/api_keys', summary: 'Make a key', scope: 'admin', body: createApiKey, reply: createdApiKey, status: 201, errors: ['invalid_request'] }),
  listApiKeys: route({ method: 'GET', path: '/v1/api_keys', summary: 'List keys', scope: 'admin', query: pageQuery, reply: pageOf(apiKey), errors: [] }),
  deleteApiKey: route({ method: 'DELETE', path: '/v1/api_keys/:id', summary: 'Revoke a key', scope: 'admin', params: byId, reply: deleted, errors: ['api_key_not_found'] }),

  listWorkers: route({ method: 'GET', path: '/v1/workers', summary: 'Workers and what they run', scope: 'read', query: pageQuery, reply: pageOf(w.worker), errors: [] }),
  registerWorker: route({ method: 'POST', path: '/v1/workers', summary: 'A worker says what it has', scope: 'worker', body: w.registerWorker, reply: w.registered, errors: ['invalid_request'] }),
  leaseJob: route({ method: 'POST', path: '/v1/workers/:id/lease', summary: 'Ask for a job', scope: 'worker', params: byId, body: w.leaseRequest, reply: w.leaseReply, errors: ['worker_not_found'] }),
  replicaHeartbeat: route({ method: 'POST', path: '/v1/workers/:id/heartbeat', summary: 'Report replicas, learn which are wanted', scope: 'worker', params: byId, body: w.replicaHeartbeat, reply: w.replicaHeartbeatReply, errors: ['worker_not_found'] }),
  leaseHeartbeat: route({ method: 'POST', path: '/v1/workers/leases/:id/heartbeat', summary: 'Keep a lease, report, learn commands', scope: 'worker', params: byId, body: w.heartbeat, reply: w.heartbeatReply, errors: ['lease_lost'] }),
  reportCheckpoint: route({ method: 'POST', path: '/v1/workers/leases/:id/checkpoints', summary: 'Register a durable checkpoint', scope: 'worker', params: byId, body: w.checkpointReport, reply: status, errors: ['lease_lost', 'blob_not_found'] }),
  completeLease: route({ method: 'POST', path: '/v1/workers/leases/:id/complete', summary: 'End a job well', scope: 'worker', params: byId, body: w.completion, reply: w.settled, errors: ['lease_lost', 'blob_not_found', 'invalid_request'] }),
  failLease: route({ method: 'POST', path: '/v1/workers/leases/:id/fail', summary: 'End an attempt badly', scope: 'worker', params: byId, body: w.failure, reply: w.settled, errors: ['lease_lost'] }),
  pausedLease: route({ method: 'POST', path: '/v1/workers/leases/:id/paused', summary: 'The engine paused at a durable checkpoint', scope: 'worker', params: byId, body: w.pausedReport, reply: w.settled, errors: ['lease_lost'] }),
  startRollOut: route({ method: 'POST', path: '/v1/workers/leases/:id/roll_out', summary: 'Start the roll-out of a deploy job', scope: 'worker', params: byId, reply: w.rollOutState, errors: ['lease_lost', 'gate_failed', 'model_not_found'] }),
  getRollOut: route({ method: 'GET', path: '/v1/workers/leases/:id/roll_out', summary: 'How far the roll-out is', scope: 'worker', params: byId, reply: w.rollOutState, errors: ['lease_lost'] }),
  getUpload: route({ method: 'GET', path: '/v1/workers/leases/:id/artifacts/:sha256', summary: 'How much of an artifact has arrived', scope: 'worker', params: w.artifactUploadParams, reply: w.uploadState, errors: ['lease_lost'] }),
  putArtifact: route({ method: 'PUT', path: '/v1/workers/leases/:id/artifacts/:sha256', summary: 'Upload a part of an artifact', scope: 'worker', params: w.artifactUploadParams, query: w.partQuery, body: 'raw', reply: w.uploadState, errors: ['lease_lost', 'hash_mismatch', 'upload_part_out_of_order'] }),
  getBlob: route({ method: 'GET', path: '/v1/workers/blobs/:sha256', summary: 'Bytes that a lease or a replica names', scope: 'worker', params: w.bySha, reply: 'bytes', errors: ['blob_not_found'] }),
} as const
export type RouteName = keyof typeof routes
