import { expect, it } from 'vitest';
import { savedAs, savedOf } from './saved';

const raw = [
  { queryDefinitionId: '1', name: 'b 10', queryString: 'fields a', logGroupNames: ['/x', '/y'], lastModified: 5, queryLanguage: 'CWLI' },
  { queryDefinitionId: '2', name: 'b 9', queryString: 'fields b' },
  { queryDefinitionId: '3', name: 'a', queryString: 'SELECT 1', queryLanguage: 'SQL' },
];

it('savedOf orders by name and leaves other languages out', () => {
  expect(savedOf(raw)).toEqual([
    { id: '2', name: 'b 9', text: 'fields b', groups: [], modified: 0 },
    { id: '1', name: 'b 10', text: 'fields a', groups: ['/x', '/y'], modified: 5 },
  ]);
});

it('savedAs finds the same query whatever the order of its groups', () => {
  expect(savedAs(savedOf(raw), { groups: ['/y', '/x'], text: 'fields a\n' })?.id).toBe('1');
  expect(savedAs(savedOf(raw), { groups: [], text: 'fields a' })).toBeUndefined();
});
