import { describe, expect, it } from 'vitest';
import { lookAt, mergeFields } from './groupFields';

describe('mergeFields', () => {
  it('puts the most frequent first and each once', () => {
    expect(mergeFields([[{ name: 'b', percent: 10 }, { name: '@message', percent: 100 }], [{ name: 'b', percent: 60 }, { name: 'a', percent: 60 }], []])).toEqual([
      { name: '@message', percent: 100 },
      { name: 'a', percent: 60 },
      { name: 'b', percent: 60 },
    ]);
  });
});

describe('lookAt', () => {
  it('looks at the newest events, and never beyond the range', () => {
    expect(lookAt(1_000_000_000, 2_000_000_000)).toBe(999_760);
    expect(lookAt(3_000_000_000, 2_000_000_000)).toBe(1_999_760);
    expect(lookAt(null, 2_000_000_000)).toBe(1_999_760);
  });
});
