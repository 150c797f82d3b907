// What a query is: its text and its log groups, as the URL and the history hold
// them. (?group= is a list parted by commas, ?q= the text.)
import { sourceOf } from './lang/pipeline';

export interface QuerySpec {
  groups: string[];
  text: string;
}

export const defaultText = 'fields @timestamp, @message\n| sort @timestamp desc\n| limit 1000';

/** The most groups that one query names. */
export const maxGroups = 50;

/** What the URL asks for; null when it asks nothing. */
export function readSpec(search: string): QuerySpec | null {
  const params = new URLSearchParams(search);
  const groups = (params.get('group') ?? '').split(',').filter(Boolean).map(decode);
  const text = params.get('q') ?? '';
  if (groups.length === 0 && text === '') return null;
  return { groups: [...new Set(groups)].slice(0, maxGroups), text: text || defaultText };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The URL's parameters for a query. */
export function specParams(spec: QuerySpec): { group: string; q: string | null } {
  return { group: spec.groups.map(encodeURIComponent).join(',').replace(/%2F/g, '/'), q: spec.text === defaultText ? null : spec.text };
}

/** A query with SOURCE may not be given groups besides. */
export function runnable(spec: QuerySpec): QuerySpec {
  return sourceOf(spec.text) ? { ...spec, groups: [] } : spec;
}

export function sameSpec(a: QuerySpec, b: QuerySpec): boolean {
  return a.text.trim() === b.text.trim() && [...a.groups].sort().join() === [...b.groups].sort().join();
}
