import { describe, expect, it } from 'vitest';
import { matchRank, matchTargets } from './match';

const targets = ['orders-load', 'load-orders-eu', 'preload', 'invoices'].map((name) => ({ name, kind: 'Lambda', path: name }));

describe('matchTargets', () => {
  it('puts beginnings before words before insides', () => {
    expect(matchTargets(targets, 'load', 10).map((x) => x.name)).toEqual(['load-orders-eu', 'orders-load', 'preload']);
  });
  it('needs every word', () => {
    expect(matchTargets(targets, 'EU ord', 10).map((x) => x.name)).toEqual(['load-orders-eu']);
    expect(matchRank('invoices', 'x')).toBeNull();
  });
  it('shows the first ones when nothing is typed', () => {
    expect(matchTargets(targets, ' ', 2)).toHaveLength(2);
  });
});
