/** Takes a stream of server-sent events as it comes, cut anywhere, and gives the data of each line that is whole. */
export const eventReader = (): ((text: string) => string[]) => {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split(/\r?\n/)
    // the last one has no end yet
    rest = lines.pop() ?? ''
    // Forge and the engines write one line of data for each event
    return lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart())
  }
}
