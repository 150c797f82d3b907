import { describe, expect, it } from 'vitest';
import { absoluteRange, choosePeriod, DAY, HOUR, MINUTE, parseRange, rangeText, resolveRange, shiftRange } from './timerange';

const now = Date.UTC(2026, 10, 21, 12, 0, 0);

describe('parseRange', () => {
  it.each(['15m', '1h', '24h', '7d', '2w', '2026-11-21T10:00:00Z..2026-11-21T12:00:00Z', '2026-11-21T10:00:00.250Z..2026-11-21T12:00:00Z'])(
    'reads and writes %s unchanged',
    (text) => {
      const range = parseRange(text);
      expect(range).not.toBeNull();
      expect(rangeText(range!)).toBe(text);
    },
  );
  it.each(['', '0m', '15', '15s', '-1h', '999999w', 'x..y', '2026-11-21T12:00:00Z..2026-11-21T10:00:00Z', 'a..b..c', '2026-11-21..2026-11-22'])(
    'refuses %j',
    (text) => expect(parseRange(text)).toBeNull(),
  );
  it('reads milliseconds too', () => {
    expect(parseRange('1760000000000..1760000060000')).toEqual({ kind: 'absolute', start: 1760000000000, end: 1760000060000 });
  });
});

describe('resolveRange', () => {
  it('ends a relative range now', () => {
    expect(resolveRange(parseRange('3h')!, now)).toEqual({ start: now - 3 * HOUR, end: now });
  });
});

describe('shiftRange', () => {
  it('goes back by half', () => {
    expect(shiftRange(parseRange('2h')!, -1, now)).toEqual({ kind: 'absolute', start: now - 3 * HOUR, end: now - HOUR });
  });
  it('stops at now', () => {
    const range = absoluteRange(now - 3 * HOUR, now - HOUR / 2);
    expect(shiftRange(range, 1, now)).toEqual({ kind: 'absolute', start: now - 2.5 * HOUR, end: now });
  });
  it('keeps a range that already ends now', () => {
    expect(shiftRange(parseRange('2h')!, 1, now)).toEqual(parseRange('2h'));
  });
});

describe('absoluteRange', () => {
  it('is at least a minute of whole seconds', () => {
    expect(absoluteRange(1500, 1900)).toEqual({ kind: 'absolute', start: 1000, end: 61000 });
  });
});

describe('choosePeriod', () => {
  const period = (ms: number, age = ms) => choosePeriod({ start: now - age, end: now - age + ms }, now);
  it.each([
    [15 * MINUTE, 60],
    [3 * HOUR, 60],
    [12 * HOUR, 300],
    [DAY, 900],
    [7 * DAY, 3600],
  ])('for %d ms is %d s', (ms, want) => expect(period(ms)).toBe(want));
  it('grows with the age of the data', () => {
    expect(period(HOUR, 20 * DAY)).toBe(300);
    expect(period(HOUR, 80 * DAY)).toBe(3600);
  });
});
