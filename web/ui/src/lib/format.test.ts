import { describe, expect, it } from 'vitest';
import { formatter } from './format';

const en = formatter('en');
const ko = formatter('ko');

describe('count', () => {
  it.each([
    [null, '–'],
    [undefined, '–'],
    [Number.NaN, '–'],
    [0, '0'],
    [7, '7'],
    [2.5, '2.5'],
    [12345, '12,345'],
    [1_234_567, '1.23M'],
  ])('%s is %s', (value, want) => expect(en.count(value)).toBe(want));
  it('is Korean in Korean', () => expect(ko.count(1_234_567)).toBe('123만'));
});

describe('percent', () => {
  it.each([
    [0, '0%'],
    [0.004, '<0.01%'],
    [0.5, '0.5%'],
    [1.234, '1.23%'],
    [12.34, '12.3%'],
    [99.96, '>99.9%'],
    [100, '100%'],
    [250, '250%'],
  ])('%s is %s', (value, want) => expect(en.percent(value)).toBe(want));
});

describe('duration', () => {
  it.each([
    [0, '0 ms'],
    [0.5, '0.5 ms'],
    [12.34, '12.3 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1240, '1.24 s'],
    [59_999, '1 m'],
    [200_000, '3 m 20 s'],
    [3_600_000, '1 h'],
    [5_400_000, '1 h 30 m'],
    [90_000_000, '1 d 1 h'],
    [-5000, '-5 s'],
  ])('%s ms is %s', (value, want) => expect(en.duration(value)).toBe(want));
  it('speaks Korean', () => expect(ko.duration(200_000)).toBe('3분 20초'));
});

describe('span', () => {
  it('keeps the unit that was written', () => {
    expect(en.span('24h')).toBe('24 h');
    expect(ko.span('90m')).toBe('90분');
    expect(en.span('2w')).toBe('14 d');
  });
});

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1024, '1 KB'],
    [1536, '1.5 KB'],
    [1024 ** 3 * 12.34, '12.3 GB'],
    [-2048, '-2 KB'],
  ])('%s is %s', (value, want) => expect(en.bytes(value)).toBe(want));
});

describe('money', () => {
  it.each([
    [0, '$0'],
    [0.00001, '<$0.0001'],
    [0.0123, '$0.0123'],
    [0.05, '$0.05'],
    [3.456, '$3.46'],
    [12345.6, '$12,346'],
  ])('%s is %s', (value, want) => expect(en.money(value)).toBe(want));
});

describe('value', () => {
  it.each([
    [512, 'Megabytes', '512 MB'],
    [1500, 'Milliseconds', '1.5 s'],
    [2, 'Seconds', '2 s'],
    [2048, 'Bytes/Second', '2 KB/s'],
    [3.14159, 'None', '3.14'],
    [3.5, 'Count/Second', '3.5/s'],
    [10, 'GB-Seconds', '10 GB-Seconds'],
    [50, 'Percent', '50%'],
  ])('%s %s is %s', (value, unit, want) => expect(en.value(value, unit)).toBe(want));
});

describe('ago', () => {
  const now = Date.UTC(2026, 0, 2);
  it('speaks both languages', () => {
    expect(en.ago(now - 300_000, now)).toBe('5 min. ago');
    expect(ko.ago(now - 300_000, now)).toBe('5분 전');
    expect(en.ago(null, now)).toBe('–');
  });
});

it('times are in the zone of the page, or in UTC', () => {
  const zone = process.env['TZ'];
  try {
    process.env['TZ'] = 'Asia/Seoul';
    const at = Date.UTC(2026, 10, 22, 20, 5);
    expect(formatter('en', true).time(at)).toBe('Nov 22, 20:05');
    expect(formatter('ko', true).clock(at)).toBe('20:05');
    expect([formatter('en', true).utc, formatter('en').utc]).toEqual([true, false]);
  } finally {
    process.env['TZ'] = zone;
  }
});
