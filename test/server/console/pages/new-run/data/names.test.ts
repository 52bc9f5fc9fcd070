import { datasetName } from '../../../../../../server/contract/datasets'
import { deploymentName } from '../../../../../../server/contract/deployments'
import {
  datasetNameOf,
  deploymentNameOf,
  isDatasetName,
  isDeploymentName,
} from '../../../../../../server/console/pages/new-run/data/names'

const names = ['products', 'a.b_c-d', 'Products', '', '-a', 'a'.repeat(63), 'a'.repeat(64), 'a'.repeat(101), 'ä', 'a b']

test.each(names)('%p is a name here if it is one for the API', (name) => {
  expect(isDatasetName(name)).toBe(datasetName.safeParse(name).success)
  expect(isDeploymentName(name)).toBe(deploymentName.safeParse(name).success)
})

test.each([
  ['products_export_1.csv', 'products_export_1'],
  ['Größe & Preis (neu).CSV', 'grosse-preis-neu'],
  ['https://example.com/exports/shop.parquet?token=1', 'shop'],
  ['s3://bucket/2026/texts.jsonl', 'texts'],
  ['商品.csv', 'data'],
  ['', 'data'],
])('%p names the dataset %p', (text, name) => {
  expect(datasetNameOf(text)).toBe(name)
  expect(isDatasetName(name)).toBe(true)
})

test('a deployment is named after its dataset, by its own rule', () => {
  expect(deploymentNameOf('shop_texts.v2')).toBe('shop-texts-v2')
  expect(isDeploymentName(deploymentNameOf('x'.repeat(100)))).toBe(true)
})
