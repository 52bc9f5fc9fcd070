import { open, rename, rm, type FileHandle } from 'node:fs/promises'

/** Writes lines to a file that appears under its name only when it is complete and on disk. */
export class LineFile {
  rows = 0
  private pending: string[] = []
  private pendingLength = 0

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  static async create(path: string): Promise<LineFile> {
    return new LineFile(path, await open(`${path}.partial`, 'w'))
  }

  async write(line: string): Promise<void> {
    this.rows += 1
    this.pending.push(line, '\n')
    this.pendingLength += line.length
    if (this.pendingLength > 256 * 1024) await this.flush()
  }

  async finish(): Promise<void> {
    await this.flush()
    await this.handle.sync()
    await this.handle.close()
    await rename(`${this.path}.partial`, this.path)
  }

  /** Removes a file that was not finished; harmless after `finish`. */
  async abandon(): Promise<void> {
    await this.handle.close()
    await rm(`${this.path}.partial`, { force: true })
  }

  private async flush(): Promise<void> {
    const text = this.pending.join('')
    this.pending = []
    this.pendingLength = 0
    if (text !== '') await this.handle.writeFile(text)
  }
}
