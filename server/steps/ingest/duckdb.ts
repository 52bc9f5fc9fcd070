import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'

/** A path or value as an SQL literal. */
export const sqlText = (value: string): string => `'${value.replaceAll("'", "''")}'`

/**
 * Runs `work` on a throw-away database with bounded memory (192 MB, then spills into `tempDir`) and one thread,
 * which keeps rows in file order. Nothing is downloaded: extensions that are not built in stay out.
 */
export async function* withDuckdb<T>(
  tempDir: string,
  work: (connection: DuckDBConnection) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: '192MB',
    threads: '1',
    temp_directory: tempDir,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  try {
    yield* work(connection)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
