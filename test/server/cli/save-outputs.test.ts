import { generatedCsv } from '../../../server/cli/save-outputs'

const row = { index: 0, compare_text: null, usage: null, error: null }

test('generated texts are CSV that a spreadsheet reads, quotes and line breaks kept', () => {
  const csv = generatedCsv([
    {
      ...row,
      metadata: { product_id: 'oak-board', title: 'Board, oak', channel: 'shop', language: 'en' },
      text: 'A "good" board.\nMade to be kept.',
    },
  ])
  expect(csv).toBe(
    'product_id,title,channel,language,text,base_text,error\r\noak-board,"Board, oak",shop,en,"A ""good"" board.\nMade to be kept.",,\r\n',
  )
})

test('a text that a spreadsheet would run as a formula stays a text', () => {
  expect(generatedCsv([{ ...row, metadata: {}, text: '=HYPERLINK("x")' }])).toContain(`"'=HYPERLINK(""x"")"`)
})
