import type { AxiosInstance } from 'axios'
import { ForgeError } from '../contract/errors'
import type { Db } from '../storage/database'
import type { Senders } from './deliver'
import type { SecretBox } from './secret-box'
import { send, type Answer, type Message } from './send'
import { signingSecret } from './signing-secret'

/** Sends with a secret that may be unreadable, as after a lost key: that is an answer too, and shown where answers are. */
const sendWith = async (
  http: AxiosInstance,
  message: Omit<Message, 'secret'>,
  secretOf: () => string | Promise<string>,
): Promise<Answer> => {
  try {
    return await send(http, { ...message, secret: await secretOf() })
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error
    return { status: null, text: `${error.message} ${error.hint}` }
  }
}

/** POSTs a message signed with the project's secret. A receiver that is not reached is an answer too. */
export type PostSigned = (projectId: string, message: Omit<Message, 'secret'>) => Promise<Answer>

export const signedPost =
  (db: Db, http: AxiosInstance, box: SecretBox): PostSigned =>
  (projectId, message) =>
    sendWith(http, message, () => signingSecret(db, box, projectId))

/** Brings an event to an address, signed with the secret of its endpoint. */
export const sendToAddress =
  (http: AxiosInstance, box: SecretBox): Senders['http'] =>
  ({ id, endpoint, event }) =>
    sendWith(http, { id, url: endpoint.url, body: event }, () => box.open(endpoint.secret, endpoint.id))
