import { describe, expect, it } from 'vitest';
import type { Entry } from '../lang/complete';
import { findEntries, translated } from './entries';
import ko from './ko';

const entries: Entry[] = [
  { kind: 'command', name: 'sort', syntax: 'sort expr [asc|desc]', help: 'Orders the rows.' },
  { kind: 'aggregate', name: 'count', syntax: 'count(*)', help: 'Number of rows.' },
  { kind: 'aggregate', name: 'count_distinct', syntax: 'count_distinct(f)', help: 'Number of different values.' },
  { kind: 'function', name: 'nobodyTranslatedThis', syntax: 'x()', help: 'Stays as it is.' },
];

describe('findEntries', () => {
  const f = (question: string, ...want: string[]) => expect(findEntries(entries, question).map((e) => e.name)).toEqual(want);
  it('finds by name before syntax and help', () => {
    f('', 'sort', 'count', 'count_distinct', 'nobodyTranslatedThis');
    f('COUNT', 'count', 'count_distinct');
    f('number different', 'count_distinct');
    f('rows', 'sort', 'count');
    f('desc', 'sort');
    f('nothing like that');
  });
});

describe('translated', () => {
  it('takes the help of the language where there is one', () => {
    expect(translated(entries, ko).map((e) => e.help)).toEqual(['행을 정렬합니다. desc를 쓰지 않으면 오름차순입니다. bin(기간)에는 이름을 붙여야 합니다.', '행의 수, 또는 필드가 있는 행의 수.', '서로 다른 값의 수. 값이 많으면 근삿값입니다.', 'Stays as it is.']);
  });
  it('has Korean in every text', () => {
    for (const [name, text] of Object.entries(ko)) expect(`${name}: ${text}`).toMatch(/: .*\p{Script=Hangul}.*\.$/u);
  });
});
