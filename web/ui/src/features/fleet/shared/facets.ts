// Facets that several kinds share.
import type { FleetKind, Resource } from '@/api/types';
import { trafficValue } from './cells';
import type { Facet } from './filter';
import { attribute, statusOf } from './values';

/** The worst a resource has, as its row and the summary say it; ok or none without warnings. */
export function severityFacet(kind: FleetKind): Facet {
  return {
    id: 'sev',
    of: (r: Resource) => [statusOf(r, trafficValue[kind])],
  };
}

export const ruleFacet: Facet = { id: 'rule', of: (r) => [...new Set(r.warnings.map((w) => w.rule))] };

/** The values of one attribute. */
export function attributeFacet(id: string, name: string): Facet {
  return {
    id,
    of: (r) => {
      const value = attribute(r, name);
      return value === null ? [] : [String(value)];
    },
  };
}

/** The values of one text value, such as the state of the last run. */
export function valueFacet(id: string, name: string): Facet {
  return {
    id,
    of: (r) => {
      const value = r.values[name];
      return typeof value === 'string' && value !== '' ? [value] : [];
    },
  };
}
