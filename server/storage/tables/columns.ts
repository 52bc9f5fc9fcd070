import type { ColumnType } from 'kysely'

/** A JSON object. */
export type Json = Record<string, unknown>
/** Of type jsonb: read as a value, written as a string. */
export type Jsonb<T> = ColumnType<T, string, string>
export type NullableJsonb<T> = ColumnType<T | null, string | null, string | null>
/** Set by the database when the row is made. */
export type Time = ColumnType<Date, never, Date>
export type NullableTime = ColumnType<Date | null, Date | null, Date | null>
