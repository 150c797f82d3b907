// The one question behind every fleet page.
import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useApi, useSession } from '@/api/hooks';
import type { Fleet, FleetKind, Resource } from '@/api/types';
import { useTimeRange } from '@/lib/rangeState';

const sparkPoints = 48;
const backfillRefreshMs = 4000;

/** The fleet of one kind over the page's time range. While a demo fills its history it is asked again by itself. */
export function useFleet(kind: FleetKind): UseQueryResult<Fleet> {
  const { ui, scope } = useApi();
  const { text, resolve } = useTimeRange();
  const filling = useSession().data?.demo?.phase === 'backfill';
  return useQuery({
    queryKey: ['fleet', kind, scope, text],
    queryFn: ({ signal }) => {
      const { start, end } = resolve();
      return ui<Fleet>(`fleet/${kind}`, { signal, params: { start: Math.floor(start), end: Math.floor(end), points: sparkPoints } });
    },
    placeholderData: keepPreviousData,
    refetchInterval: filling ? backfillRefreshMs : false,
  });
}

/** One resource out of the fleet's answer; undefined while it loads, null when there is none. */
export function findResource(fleet: Fleet | undefined, name: string): Resource | null | undefined {
  if (!fleet) return undefined;
  return fleet.resources.find((r) => r.name === name) ?? null;
}
