// The chosen facet values, from the URL (?sev=critical,warning).
import { useMemo } from 'react';
import { useSearch } from 'wouter';
import { setSearch } from '@/lib/urlstate';
import type { Choices, Facet } from './filter';

function readList(text: string | null): string[] {
  return text ? text.split(',').map(decodeURIComponent) : [];
}

export function useChoices(facets: readonly Facet[]): Choices {
  const search = useSearch();
  return useMemo(() => {
    const params = new URLSearchParams(search);
    return Object.fromEntries(facets.map((f) => [f.id, readList(params.get(f.id))]));
  }, [search, facets]);
}

/** Adds or removes one value of a facet. */
export function toggleChoice(facet: string, value: string, choices: Choices): void {
  const chosen = choices[facet] ?? [];
  const next = chosen.includes(value) ? chosen.filter((v) => v !== value) : [...chosen, value];
  setSearch({ [facet]: next.map(encodeURIComponent).join(',') }, { replace: true });
}
