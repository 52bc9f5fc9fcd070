import { eventReader } from '../../../../../server/console/pages/playground/event-lines'

test('events that come cut anywhere are whole again', () => {
  const stream = 'data: {"a":"ö"}\n\ndata: {"b":2}\r\n\r\n: a comment\n\nevent: x\ndata:[DONE]\n\n'
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const read = eventReader()
    expect([...read(stream.slice(0, cut)), ...read(stream.slice(cut))]).toEqual(['{"a":"ö"}', '{"b":2}', '[DONE]'])
  }
})

test('what has no end yet is kept back', () => {
  const read = eventReader()
  expect(read('data: one\ndata: tw')).toEqual(['one'])
  expect(read('o\n')).toEqual(['two'])
})
