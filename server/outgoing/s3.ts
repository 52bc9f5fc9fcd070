import type { S3ClientConfig } from '@aws-sdk/client-s3'
import type { LeasedConnectionOf } from '../contract/connections'
import type { AllowList } from './address-check'
import { checkedAgents } from './agents'

/** Options of an S3 client with the credentials of a connection, on connections that pass the address check. */
export const s3Options = ({ settings, secrets }: LeasedConnectionOf<'s3'>, allow: AllowList): S3ClientConfig => ({
  region: settings.region,
  ...(settings.endpoint === null ? {} : { endpoint: settings.endpoint }),
  forcePathStyle: settings.force_path_style,
  credentials: { accessKeyId: settings.access_key_id, secretAccessKey: secrets.secret_access_key },
  // many stores that are not AWS send no checksums of the newer kinds
  responseChecksumValidation: 'WHEN_REQUIRED',
  requestChecksumCalculation: 'WHEN_REQUIRED',
  requestHandler: { ...checkedAgents(allow), connectionTimeout: 10_000, requestTimeout: 60_000 },
})
