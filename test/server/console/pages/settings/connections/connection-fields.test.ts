import { connectionOf, connectionTypes, emptyDraft, fieldsOf, headersOf, isComplete } from '../../../../../../server/console/pages/settings/connections/connection-fields' // prettier-ignore
import { createConnection } from '../../../../../../server/contract/connections'

/** A draft whose every value is filled in. */
const filled = (type: (typeof connectionTypes)[number]) => ({
  ...emptyDraft(type),
  ...Object.fromEntries(
    fieldsOf(type)
      .filter(({ kind, initial }) => kind !== 'check' && initial === '')
      .map(({ name, kind }) => [name, kind === 'url' ? 'https://example.com' : 'value']),
  ),
  ...(type === 'http' ? { headers: 'Authorization: Bearer a:b\nX-Shop: 7' } : {}),
  ...(type === 'airflow' ? { ca_pem: '-----BEGIN CERTIFICATE-----' } : {}),
})

test.each(connectionTypes)('what is filled in for %s is a connection that the API takes', (type) => {
  expect(isComplete(type, emptyDraft(type))).toBe(false)
  expect(isComplete(type, filled(type))).toBe(true)
  const given = connectionOf('store', type, filled(type))
  expect(createConnection.parse(given)).toEqual(given)
})

test('an Airflow without a user name has a token; a secret keeps its spaces', () => {
  const draft = { ...emptyDraft('airflow'), base_url: ' https://airflow.example.com ', password: ' secret ' }
  expect(connectionOf('flows', 'airflow', draft)).toMatchObject({
    settings: { base_url: 'https://airflow.example.com', username: null, verify_tls: true, ca_pem: null },
    secrets: { token: ' secret ' },
  })
  expect(connectionOf('flows', 'airflow', { ...draft, username: 'forge' }).secrets).toEqual({ password: ' secret ' })
})

test('headers are read line by line', () => {
  expect(headersOf('Authorization: Bearer a:b\nno header\n  X-Shop :7\n')).toEqual({
    Authorization: 'Bearer a:b',
    'X-Shop': '7',
  })
})
