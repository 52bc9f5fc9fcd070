import { z } from 'zod'

/** Any JSON value. One schema for all, so that OpenAPI names it once. */
export const json = z.json()
