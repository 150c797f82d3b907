// What the editor knows for completion: the language, and the fields of the
// latest result.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useApi } from '@/api/hooks';
import type { Entry } from './lang/complete';
import { messageFields } from './results/details';
import type { ResultTable } from './results/table';

const looked = 200; // rows whose messages are searched for fields
const mostFields = 300;
const none: readonly Entry[] = [];

export function useReference(): readonly Entry[] {
  const { ui } = useApi();
  const query = useQuery({ queryKey: ['insights-reference'], queryFn: ({ signal }) => ui<{ entries: Entry[] }>('insights/reference', { signal }), staleTime: Infinity });
  return query.data?.entries ?? none;
}

/** Names of fields in a result, most frequent first. */
export function discoveredFields(table: ResultTable | undefined): string[] {
  if (!table || table.pointers.length === 0) return [];
  const counts = new Map<string, number>();
  const message = table.columns.findIndex((c) => c.name === '@message');
  for (const column of table.columns) if (/^[\p{L}\p{M}\p{N}_@.]+$/u.test(column.name)) counts.set(column.name, Infinity);
  for (const row of message >= 0 ? table.rows.slice(0, looked) : []) {
    for (const [name] of messageFields(row[message] ?? '')) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).slice(0, mostFields).map(([name]) => name);
}

export function useDiscoveredFields(table: ResultTable | undefined): string[] {
  return useMemo(() => discoveredFields(table), [table]);
}
