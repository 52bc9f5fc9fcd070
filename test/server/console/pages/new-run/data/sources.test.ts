import { createDataset } from '../../../../../../server/contract/datasets'
import { emptySource, sourceOf, type SourceDraft } from '../../../../../../server/console/pages/new-run/data/sources'

const draft = (part: Partial<SourceDraft>): SourceDraft => ({ ...emptySource, ...part })

test.each([
  draft({ type: 'url', url: 'https://example.com/a.csv' }),
  draft({ type: 'url', url: 'https://example.com/a.csv', connection: 'conn_1' }),
  draft({ type: 's3', uri: 's3://bucket/a.csv', connection: 'conn_1' }),
  draft({ type: 'sql', query: 'select 1', connection: 'conn_1' }),
])('what is complete is a source that the API takes: %j', (given) => {
  expect(createDataset.safeParse({ name: 'a', source: sourceOf(given) }).success).toBe(true)
})

test.each([
  draft({}),
  draft({ type: 'url', url: 'ftp://example.com/a' }),
  draft({ type: 's3', uri: 's3://bucket/a.csv' }),
  draft({ type: 'sql', query: '  ', connection: 'conn_1' }),
])('what is not complete is none: %j', (given) => {
  expect(sourceOf(given)).toBeNull()
})
