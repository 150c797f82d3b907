// The fields of the chosen log groups, as GetLogGroupFields finds them around
// the newest events of the range.
import { useQuery } from '@tanstack/react-query';
import { aws, LOGS } from '@/api/client';
import { useApi } from '@/api/hooks';
import type { LogGroups } from '@/api/types';
import { useTimeRange } from '@/lib/rangeState';
import { MINUTE } from '@/lib/timerange';
import { sourceOf } from './lang/pipeline';
import type { QuerySpec } from './spec';

export interface GroupField {
  name: string;
  /** Of the events looked at that have it, 0 to 100; the most of any group. */
  percent: number;
}

const asked = 5; // groups looked into: those of one query are mostly alike
const aroundMs = 8 * MINUTE; // GetLogGroupFields looks this far to both sides of a moment
const none: readonly GroupField[] = [];

/** The fields of all groups, most frequent first, then by name. */
export function mergeFields(lists: readonly (readonly GroupField[])[]): GroupField[] {
  const most = new Map<string, number>();
  for (const list of lists) for (const { name, percent } of list) most.set(name, Math.max(most.get(name) ?? 0, percent));
  return [...most].map(([name, percent]) => ({ name, percent })).sort((a, b) => b.percent - a.percent || (a.name < b.name ? -1 : 1));
}

/** The moment to look around, in seconds: the newest events of a group within the range. */
export function lookAt(lastEvent: number | null, end: number): number {
  return Math.floor((Math.min(lastEvent ?? end, end) - aroundMs / 2) / 1000);
}

/** Empty until known, and where no groups are chosen. */
export function useGroupFields(spec: QuerySpec): readonly GroupField[] {
  const { ui, scope } = useApi();
  const { text: range, resolve } = useTimeRange();
  const patterns = sourceOf(spec.text)?.prefixes.map((p) => `${p}*`) ?? spec.groups;
  const looked = patterns.slice(0, asked);
  const query = useQuery({
    queryKey: ['log-fields', scope, range, looked],
    enabled: looked.length > 0,
    staleTime: 60_000,
    retry: false, // a group without fields only completes less
    queryFn: async ({ signal }) => {
      const { end } = resolve();
      const found = await Promise.all(looked.map((pattern) => ui<LogGroups>('loggroups', { signal, params: { pattern, limit: pattern.endsWith('*') ? asked : 1 } })));
      const groups = found.flatMap((f) => f.groups).slice(0, asked);
      const lists = await Promise.all(
        groups.map((g) => aws<{ logGroupFields?: GroupField[] }>(`${LOGS}.GetLogGroupFields`, { logGroupName: g.name, time: lookAt(g.lastEvent, end) }, { signal, scope })),
      );
      return mergeFields(lists.map((l) => l.logGroupFields ?? []));
    },
  });
  return query.data ?? none;
}
