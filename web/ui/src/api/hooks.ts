// Hooks over the client that every feature shares.
import { keepPreviousData, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { learnServerTime } from '@/lib/clock';
import { useScope } from '@/lib/scope';
import { aws, type CallOptions, isUnreachable, ui, type UiOptions } from './client';
import type { Fleet, FleetKind, Session } from './types';

const backfillPollMs = 2000;
const sessionPollMs = 60_000;
const lostPollMs = 3000; // while the server does not answer

/** Version, account, scopes and the demo's state. While history fills it is asked every two seconds. */
export function useSession(): UseQueryResult<Session> {
  const scope = useScope();
  return useQuery({
    queryKey: ['session', scope],
    queryFn: async ({ signal }) => {
      const session = await ui<Session>('session', { signal, scope });
      learnServerTime(session.now);
      return session;
    },
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (isUnreachable(query.state.error) ? lostPollMs : query.state.data?.demo?.phase === 'backfill' ? backfillPollMs : sessionPollMs),
  });
}

/** Whether the server is out of reach. When it is back, all of the page is asked for again; the shell calls it once. */
export function useRecovery(): boolean {
  const { status, error } = useSession();
  const client = useQueryClient();
  const [lost, setLost] = useState(false);
  const out = isUnreachable(error);
  // While it is asked for the first time nothing is known: what was said before stays.
  useEffect(() => {
    if (status !== 'pending') setLost(out);
  }, [status, out]);
  const was = useRef(false);
  useEffect(() => {
    if (was.current && !lost) void client.invalidateQueries({ refetchType: 'active', predicate: (query) => query.queryKey[0] !== 'session' });
    was.current = lost;
  }, [lost, client]);
  return lost;
}

export interface Api {
  /** Part of query keys. */
  scope: string | null;
  aws: <T>(target: string, body: unknown, options?: CallOptions) => Promise<T>;
  ui: <T>(path: string, options?: UiOptions) => Promise<T>;
}

/** The client bound to the chosen scope. */
export function useApi(): Api {
  const scope = useScope();
  return useMemo(
    () => ({
      scope,
      aws: (target, body, options) => aws(target, body, { ...options, scope }),
      ui: (path, options) => ui(path, { ...options, scope }),
    }),
    [scope],
  );
}

/** Names of one kind of resource, for the quick switcher: the fleet's cheapest answer. */
export function useResourceNames(kind: FleetKind, enabled: boolean): string[] {
  const { ui: ask, scope } = useApi();
  const query = useQuery({
    queryKey: ['names', kind, scope],
    enabled,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const end = Date.now();
      const fleet = await ask<Fleet>(`fleet/${kind}`, { signal, params: { start: end - 86_400_000, end, points: 1 } });
      return fleet.resources.map((r) => r.name);
    },
  });
  return query.data ?? [];
}
