import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query'
import { ApiError, call, type Answer, type Input, type RouteName } from './client'

/** A refusal stays one; only a server that is not there is asked again, for as long as it takes. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      retry: (_count, error) => error instanceof ApiError && error.code === 'offline',
      retryDelay: (count) => Math.min(1000 * 2 ** count, 5000),
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})

/** A read of the API for `useQuery`: `useQuery(read('getJob', { params: { id } }))`. */
export const read = <N extends RouteName>(name: N, input: Input<N>) =>
  queryOptions({
    queryKey: [name, input] as const,
    queryFn: ({ signal }) => call(name, input, { signal }),
  })

interface Page<Row> {
  data: Row[]
  has_more: boolean
}
type ListName = { [N in RouteName]: Answer<N> extends Page<{ id: string }> ? N : never }[RouteName]

/** Pages of a list for `useInfiniteQuery`, newest first. */
export const readPages = <N extends ListName>(name: N, input: Input<N>, limit = 50) =>
  infiniteQueryOptions({
    queryKey: [name, 'pages', input] as const,
    queryFn: ({ signal, pageParam }) => {
      const { query = {}, ...rest } = input as { query?: object }
      const page = { ...query, limit, ...(pageParam === null ? {} : { after: pageParam }) }
      return call(name, { ...rest, query: page } as Input<N>, { signal })
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last: Answer<N>) => {
      const { data, has_more } = last as Page<{ id: string }>
      return has_more ? (data.at(-1)?.id ?? null) : null
    },
  })

/** Reads again whatever shows one of these calls. */
export const refresh = async (...names: RouteName[]): Promise<void> => {
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => names.includes(queryKey[0] as RouteName) })
}
