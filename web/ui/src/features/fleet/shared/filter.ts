// Narrowing a fleet: text and facets, all from the URL. Chosen values of one
// facet are alternatives; facets and words of the text must all hold.
import type { Resource } from '@/api/types';

export interface Facet {
  id: string;
  /** The facet's values that a resource has. */
  of: (resource: Resource) => string[];
}

export interface FacetCount {
  value: string;
  /** Resources it would show beside the other facets' choices. */
  count: number;
  chosen: boolean;
}

export type Choices = Record<string, readonly string[]>;

/** Whether every word of the text occurs in the name or an attribute. */
export function matchesText(resource: Resource, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const hay = [resource.name, ...Object.values(resource.attributes).map(String)].join(' ').toLowerCase();
  return words.every((word) => (word.startsWith('-') && word.length > 1 ? !hay.includes(word.slice(1)) : hay.includes(word)));
}

function matchesFacet(resource: Resource, facet: Facet, chosen: readonly string[] | undefined): boolean {
  if (!chosen || chosen.length === 0) return true;
  const values = facet.of(resource);
  return chosen.some((value) => values.includes(value));
}

/** The resources that text and choices let through, in their order. */
export function filterResources(resources: readonly Resource[], text: string, facets: readonly Facet[], choices: Choices): Resource[] {
  return resources.filter((r) => matchesText(r, text) && facets.every((f) => matchesFacet(r, f, choices[f.id])));
}

/** The values of each facet with counts, most frequent first (or in the facet's own order). */
export function countFacets(resources: readonly Resource[], text: string, facets: readonly Facet[], choices: Choices): Map<string, FacetCount[]> {
  const result = new Map<string, FacetCount[]>();
  for (const facet of facets) {
    const others = facets.filter((f) => f.id !== facet.id);
    const counts = new Map<string, number>();
    for (const r of resources) {
      const shown = matchesText(r, text) && others.every((f) => matchesFacet(r, f, choices[f.id]));
      for (const value of facet.of(r)) counts.set(value, (counts.get(value) ?? 0) + (shown ? 1 : 0));
    }
    const chosen = choices[facet.id] ?? [];
    for (const value of chosen) if (!counts.has(value)) counts.set(value, 0);
    const list = [...counts].map(([value, count]) => ({ value, count, chosen: chosen.includes(value) }));
    list.sort((a, b) => b.count - a.count || a.value.localeCompare(b.value));
    result.set(facet.id, list);
  }
  return result;
}
