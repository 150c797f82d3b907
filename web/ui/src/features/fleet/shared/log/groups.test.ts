import { expect, it } from 'vitest';
import { groupErrors } from './groups';

it('groups by what errors have in common, newest first', () => {
  const at = (timestamp: number, message: string) => ({ timestamp, message });
  const groups = groupErrors([
    at(5, "[ERROR] KeyError: 'b'"),
    at(9, '[ERROR] ValueError: 3 is bad'),
    at(7, "[ERROR] KeyError: 'a'"),
    at(8, 'REPORT RequestId: x\tDuration: 1 ms'),
  ]);
  expect(groups.map((g) => [g.title, g.count, g.first, g.last])).toEqual([
    ['ValueError: 3 is bad', 1, 9, 9],
    ["KeyError: 'a'", 2, 5, 7],
  ]);
});
