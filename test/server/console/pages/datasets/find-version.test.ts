import type { call } from '../../../../../server/console/api/client'
import { findVersion } from '../../../../../server/console/pages/datasets/find-version'

interface Made {
  id: string
  versions: string[]
}
/** An API with these datasets; the last version of each is its newest. It counts the calls. */
const apiOf = (datasets: Made[]) => {
  const calls: string[] = []
  const version = (id: string, index: number) => ({ id, version: index + 1 })
  const view = ({ id, versions }: Made) => ({
    id,
    latest_version: versions.length === 0 ? null : version(versions.at(-1) ?? '', versions.length - 1),
  })
  const api = (name: string, input: { params?: { id: string } }) => {
    calls.push(name)
    const found = datasets.find(({ id }) => id === input.params?.id)
    if (name === 'getDataset' && found) return Promise.resolve(view(found))
    if (name === 'listDatasetVersions' && found)
      return Promise.resolve({ data: found.versions.map(version).reverse(), has_more: false })
    return Promise.resolve({ data: datasets.map(view), has_more: false })
  }
  return { api: api as unknown as typeof call, calls }
}
const datasets = [
  { id: 'ds_1', versions: ['dsv_1', 'dsv_2'] },
  { id: 'ds_2', versions: ['dsv_3'] },
  { id: 'ds_3', versions: [] },
]

test('where the dataset is said, no other one is read', async () => {
  const { api, calls } = apiOf(datasets)
  const { dataset, version } = await findVersion('dsv_1', 'ds_1', api)
  expect([dataset.id, version.version]).toEqual(['ds_1', 1])
  expect(calls).toEqual(['getDataset', 'listDatasetVersions'])
})

test('else the newest versions are looked at first', async () => {
  const { api, calls } = apiOf(datasets)
  expect((await findVersion('dsv_3', null, api)).dataset.id).toBe('ds_2')
  expect(calls).toEqual(['listDatasets'])
  expect((await findVersion('dsv_1', null, api)).dataset.id).toBe('ds_1')
})

test('a version that is not there is an error as the API would say it', async () => {
  const { api } = apiOf(datasets)
  await expect(findVersion('dsv_9', null, api)).rejects.toMatchObject({ code: 'dataset_not_found' })
})
