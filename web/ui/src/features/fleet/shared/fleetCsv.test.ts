import { expect, it } from 'vitest';
import type { Resource } from '@/api/types';
import { fleetCsv } from './fleetCsv';

it('fleetCsv has a column for every value of any row', () => {
  const warning = { rule: 'errors', severity: 'critical' as const, value: 1, threshold: 1, unit: 'Percent', since: null, until: null, first: null, stretches: 0, evidence: {} };
  const rows = [
    { name: 'a,b', firstSeen: 1, lastSeen: 2, attributes: { runtime: 'x' }, values: { invocations: 5, errors: null }, spark: {}, warnings: [warning] },
    { name: 'c', firstSeen: 1, lastSeen: 2, attributes: {}, values: { sizeByClass: { STANDARD: 7 } }, spark: {}, warnings: [] },
  ] as unknown as Resource[];
  expect(fleetCsv(rows)).toBe('name,status,problems,runtime,invocations,errors,sizeByClass.STANDARD\r\n"a,b",critical,errors,x,5,,\r\nc,ok,,,,,7\r\n');
});
