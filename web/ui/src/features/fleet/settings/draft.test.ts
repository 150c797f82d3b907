import { describe, expect, it } from 'vitest';
import { parseDraft, toDraft } from './draft';

describe('parseDraft', () => {
  it('reads what toDraft wrote', () => {
    expect(parseDraft(toDraft({ memoryHigh: 95.5, errorRateWarn: 0 }))).toEqual({ ok: true, value: { memoryHigh: 95.5, errorRateWarn: 0 }, bad: new Set() });
  });
  it.each(['', ' ', '-1', 'x', '1e999', 'NaN'])('refuses %j and names the field', (text) => {
    const parsed = parseDraft({ a: text, b: '2' });
    expect(parsed.ok).toBe(false);
    expect([...parsed.bad]).toEqual(['a']);
  });
});
