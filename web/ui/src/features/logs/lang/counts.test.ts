import { describe, expect, it } from 'vitest';
import { binFor, countQueries, countsOf } from './counts';

const bin = { ms: 60_000, text: '1m' };

describe('binFor', () => {
  it('chooses readable bins within the limits of the language', () => {
    const f = (ms: number) => binFor({ start: 0, end: ms }).text;
    expect([60_000, 900_000, 3_600_000, 86_400_000, 7 * 86_400_000, 460 * 86_400_000].map(f)).toEqual(['1s', '10s', '30s', '10m', '2h', '24h']);
  });
});

describe('countQueries', () => {
  const count = 'stats count(*) as n by bin(1m) as t';
  it('asks for all events and for those that the filters keep', () => {
    expect(countQueries({ groups: ['/a'], text: 'fields a | filter a = 1 # why\n| sort a | limit 5' }, bin)).toEqual({
      all: { groups: ['/a'], text: count },
      kept: { groups: ['/a'], text: `fields a\n| filter a = 1\n| ${count}` },
    });
  });
  it('keeps SOURCE in both', () => {
    const source = 'SOURCE logGroups(namePrefix: ["/aws/"])';
    expect(countQueries({ groups: [], text: `${source}\n| filter @message like /a|b/\n| stats count(*) by @log\n| filter x > 1` }, bin)).toEqual({
      all: { groups: [], text: `${source}\n| ${count}` },
      kept: { groups: [], text: `${source}\n| filter @message like /a|b/\n| ${count}` },
    });
  });
  it('has one question where nothing is filtered, or only results are', () => {
    expect(countQueries({ groups: ['/a'], text: 'fields a | sort a' }, bin).kept).toBeNull();
    expect(countQueries({ groups: ['/a'], text: 'stats count(*) as n by a | filter n > 1' }, bin).kept).toBeNull();
  });
});

it('countsOf fills the bins and keeps the total whole', () => {
  expect(countsOf([{ t: 60_000, n: 3 }, { t: 180_000, n: 4 }, { t: null, n: 1 }], { start: 90_000, end: 200_000 }, bin)).toEqual({ times: [60_000, 120_000, 180_000], counts: [3, 0, 4], total: 8 });
});
