import { describe, expect, it } from 'vitest';
import { csvText } from './csv';

describe('csvText', () => {
  it('quotes only what needs it', () => {
    expect(csvText([['time', 'a,b', 'say "x"', 'two\nlines', ' edge', 1.5, null, undefined, '한글']])).toBe('time,"a,b","say ""x""","two\nlines"," edge",1.5,,,한글\r\n');
  });
  it('is empty for no rows', () => {
    expect(csvText([])).toBe('');
  });
});
