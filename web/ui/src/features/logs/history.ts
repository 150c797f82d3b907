// The queries this browser has run, newest first.
import { type QuerySpec, sameSpec } from './spec';

export interface PastQuery extends QuerySpec {
  /** When it was last run, milliseconds. */
  at: number;
}

const kept = 50;
const longest = 10_000; // characters: what a query may have

/** Reads what is stored; anything else than past queries is dropped. */
export function readHistory(stored: string | null): PastQuery[] {
  try {
    const list: unknown = JSON.parse(stored ?? '[]');
    if (!Array.isArray(list)) return [];
    return list.filter(isPast).slice(0, kept);
  } catch {
    return [];
  }
}

function isPast(value: unknown): value is PastQuery {
  const one = value as Partial<PastQuery> | null;
  return typeof one?.text === 'string' && one.text.length <= longest && typeof one.at === 'number' && Array.isArray(one.groups) && one.groups.every((g) => typeof g === 'string');
}

/** The list with a query run now at its head; the same query is there once. */
export function remember(list: readonly PastQuery[], spec: QuerySpec, now: number): PastQuery[] {
  return [{ text: spec.text, groups: spec.groups, at: now }, ...list.filter((one) => !sameSpec(one, spec))].slice(0, kept);
}

/** The query before this one; undefined at the end. A query that is not in the list comes before all of it. */
export function previousQuery(list: readonly PastQuery[], spec: QuerySpec | null): PastQuery | undefined {
  const at = spec ? list.findIndex((one) => sameSpec(one, spec)) : -1;
  return list[at + 1];
}
