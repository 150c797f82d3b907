import { describe, expect, it } from 'vitest';
import { tableCsv, tableJson, tableMarkdown, tableTsv } from './exports';
import { makeTable } from './table';

const table = makeTable([
  [{ field: 'who', value: 'a|b\\c' }, { field: 'n', value: '2' }],
  [{ field: 'who', value: 'two\nlines\tand "tab"' }],
]);

describe('a result as text', () => {
  it('keeps the order shown and the rows apart', () => {
    expect(tableTsv(table, [1, 0])).toBe('who\tn\ntwo lines and "tab"\t\na|b\\c\t2\n');
    expect(tableMarkdown(table, [0, 1])).toBe('| who | n |\n| --- | ---: |\n| a\\|b\\\\c | 2 |\n| two lines\tand "tab" |  |\n');
    expect(tableCsv(table, [0])).toBe('who,n\r\na|b\\c,2\r\n');
    expect(JSON.parse(tableJson(table, [1]))).toEqual([{ who: 'two\nlines\tand "tab"' }]);
  });
});
