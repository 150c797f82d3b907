// What the editor knows for completion: the language, and the fields of the
// latest result and of the chosen log groups.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useApi } from '@/api/hooks';
import { useI18n } from '@/lib/i18n';
import { type GroupField } from './groupFields';
import { translated } from './help/entries';
import type { Entry } from './lang/complete';
import { messageFields } from './results/details';
import type { ResultTable } from './results/table';

const looked = 200; // rows whose messages are searched for fields
const mostFields = 300;
const none: readonly Entry[] = [];

export function useReference(): readonly Entry[] {
  const { ui } = useApi();
  const query = useQuery({ queryKey: ['insights-reference'], queryFn: ({ signal }) => ui<{ entries: Entry[] }>('insights/reference', { signal }), staleTime: Infinity });
  const entries = query.data?.entries ?? none;
  const { locale } = useI18n();
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  useEffect(() => {
    let current = true;
    if (locale === 'ko') void import('./help/ko').then((module) => current && setTexts(module.default));
    else setTexts({});
    return () => {
      current = false;
    };
  }, [locale]);
  return useMemo(() => translated(entries, texts), [entries, texts]);
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

/** Those of the result first, then what else the log groups have, as they are written in a query. */
export function useDiscoveredFields(table: ResultTable | undefined, groupFields: readonly GroupField[]): string[] {
  return useMemo(() => [...new Set([...discoveredFields(table), ...groupFields.map((f) => queryField(f.name))])], [table, groupFields]);
}

const plainName = /^[\p{L}\p{M}\p{N}_@.]+(\[\d+\])*$/u;

/** A discovered name; one with other letters is quoted as a whole. */
export function queryField(name: string): string {
  return plainName.test(name) || name.includes('`') ? name : `\`${name}\``;
}
