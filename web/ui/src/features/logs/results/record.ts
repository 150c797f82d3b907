// The whole record of an event, asked of the server when its row is opened: a
// query shows some fields, the record has all.
import { useQuery } from '@tanstack/react-query';
import { LOGS } from '@/api/client';
import { useApi } from '@/api/hooks';
import { around, type Drill, withId } from '../lang/drill';
import { timeOf } from './table';

export type LogRecord = Readonly<Record<string, string>>;

/** undefined until it is there, and where the event is gone. */
export function useRecord(pointer: string | undefined): LogRecord | undefined {
  const { aws, scope } = useApi();
  const query = useQuery({
    queryKey: ['log-record', scope, pointer],
    enabled: pointer !== undefined,
    queryFn: async ({ signal }) => dated((await aws<{ logRecord: LogRecord }>(`${LOGS}.GetLogRecord`, { logRecordPointer: pointer }, { signal })).logRecord),
    staleTime: Infinity, // events never change
    retry: false,
  });
  return query.data;
}

/** Writes the record's times, which are milliseconds, as results of queries write them. */
export function dated(record: LogRecord): LogRecord {
  const out: Record<string, string> = { ...record };
  for (const name of ['@timestamp', '@ingestionTime']) {
    const value = out[name];
    if (value !== undefined && /^\d+$/.test(value)) out[name] = new Date(Number(value)).toISOString().replace('T', ' ').replace('Z', '');
  }
  return out;
}

/** A group's name without the account before it. */
export function groupOf(log: string | undefined): string | undefined {
  return log?.replace(/^\d{12}:/, '');
}

const anyId = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/i;

export interface RecordLinks {
  around?: Drill;
  request?: Drill;
}

/** Where one can go from an event. */
export function linksOf(record: LogRecord): RecordLinks {
  const group = groupOf(record['@log']);
  const stream = record['@logStream'];
  const at = timeOf(record['@timestamp']);
  const id = record['@requestId'] ?? anyId.exec(record['@message'] ?? '')?.[0];
  if (group === undefined || at === null) return {};
  return { ...(stream ? { around: around(group, stream, at) } : {}), ...(id ? { request: withId(group, id, at) } : {}) };
}

const owners: [RegExp, string][] = [
  [/^\/aws\/lambda\/([^/]+)$/, '/lambda/'],
];

/** The page of the resource that writes a group. */
export function ownerOf(group: string | undefined): { name: string; path: string } | null {
  for (const [pattern, path] of owners) {
    const name = pattern.exec(group ?? '')?.[1];
    if (name) return { name, path: path + encodeURIComponent(name) };
  }
  return null;
}
