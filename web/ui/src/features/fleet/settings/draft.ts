// What stands in the fields of the thresholds form, and what it means.
import type { Thresholds } from '@/api/types';

export type Draft = Record<string, string>;

export function toDraft(thresholds: Thresholds): Draft {
  return Object.fromEntries(Object.entries(thresholds).map(([name, value]) => [name, String(value)]));
}

export interface ParsedDraft {
  ok: boolean;
  value: Thresholds;
  /** Names of fields that hold no number of 0 or more. */
  bad: ReadonlySet<string>;
}

export function parseDraft(draft: Draft): ParsedDraft {
  const value: Thresholds = {};
  const bad = new Set<string>();
  for (const [name, text] of Object.entries(draft)) {
    const number = text.trim() === '' ? Number.NaN : Number(text.trim());
    if (Number.isFinite(number) && number >= 0) value[name] = number;
    else bad.add(name);
  }
  return { ok: bad.size === 0, value, bad };
}
