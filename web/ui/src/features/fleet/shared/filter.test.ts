import { describe, expect, it } from 'vitest';
import type { Resource, Severity } from '@/api/types';
import { countFacets, type Facet, filterResources, matchesText } from './filter';

function resource(name: string, runtime: string, ...severities: Severity[]): Resource {
  return {
    name,
    firstSeen: null,
    lastSeen: null,
    attributes: { runtime },
    values: {},
    spark: {},
    warnings: severities.map((severity) => ({ rule: 'errors', severity, value: 1, threshold: 1, unit: 'Percent', since: null, until: null, first: null, stretches: 0, evidence: {} })),
  };
}

const fleet = [resource('orders-load', 'python3.12', 'critical'), resource('orders-export', 'nodejs22.x'), resource('users-load', 'python3.12', 'warning')];
const facets: Facet[] = [
  { id: 'sev', of: (r) => (r.warnings.length ? [...new Set(r.warnings.map((w) => w.severity))] : ['ok']) },
  { id: 'rt', of: (r) => [String(r.attributes['runtime'])] },
];
const names = (text: string, choices = {}) => filterResources(fleet, text, facets, choices).map((r) => r.name);

describe('filterResources', () => {
  it('needs all words, in any order, in names and attributes', () => {
    expect(names('load ord')).toEqual(['orders-load']);
    expect(names('PYTHON')).toEqual(['orders-load', 'users-load']);
    expect(names('')).toHaveLength(3);
  });
  it('leaves out what a minus names', () => {
    expect(names('load -users')).toEqual(['orders-load']);
    expect(matchesText(fleet[0]!, '-')).toBe(true); // a lone minus is a character of the name
  });
  it('takes choices of one facet as alternatives and facets together', () => {
    expect(names('', { sev: ['critical', 'ok'] })).toEqual(['orders-load', 'orders-export']);
    expect(names('', { sev: ['critical', 'ok'], rt: ['nodejs22.x'] })).toEqual(['orders-export']);
  });
});

describe('countFacets', () => {
  it('counts what each value would show beside the other choices', () => {
    const counts = countFacets(fleet, '', facets, { rt: ['python3.12'], sev: ['critical'] });
    expect(counts.get('rt')).toEqual([
      { value: 'python3.12', count: 1, chosen: true },
      { value: 'nodejs22.x', count: 0, chosen: false },
    ]);
    expect(counts.get('sev')?.map((c) => [c.value, c.count])).toEqual([['critical', 1], ['warning', 1], ['ok', 0]]);
  });
  it('keeps a chosen value that nothing has any more', () => {
    expect(countFacets([], '', facets, { sev: ['critical'] }).get('sev')).toEqual([{ value: 'critical', count: 0, chosen: true }]);
  });
});
