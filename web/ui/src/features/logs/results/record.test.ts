import { describe, expect, it } from 'vitest';
import { dated, linksOf, ownerOf } from './record';

const record = { '@log': '000000000000:/aws/lambda/a', '@logStream': 's', '@timestamp': '2026-11-22 10:00:00.000', '@message': 'INFO\tde05ee3c-1111-4222-8333-0123456789ab\thello' };

describe('dated', () => {
  it('writes times as results do', () => {
    expect(dated({ '@timestamp': '1795341595123', '@ingestionTime': '1795341600000', n: '5' })).toEqual({
      '@timestamp': '2026-11-22 09:59:55.123',
      '@ingestionTime': '2026-11-22 10:00:00.000',
      n: '5',
    });
  });
});

describe('linksOf', () => {
  it('finds the stream and the id in the message', () => {
    const links = linksOf(record);
    expect(links.around?.spec.groups).toEqual(['/aws/lambda/a']);
    expect(links.request?.spec.text).toContain('like "de05ee3c-1111-4222-8333-0123456789ab"');
    expect(linksOf({ ...record, '@requestId': 'r-1' }).request?.spec.text).toContain('like "r-1"');
  });
  it('offers only what it knows', () => {
    expect(linksOf({})).toEqual({});
    expect(linksOf({ ...record, '@message': 'hello' }).request).toBeUndefined();
  });
});

it('ownerOf names the page of a function', () => {
  expect(ownerOf('/aws/lambda/a b')).toEqual({ name: 'a b', path: '/lambda/a%20b' });
  expect([ownerOf('/aws-glue/jobs/error'), ownerOf('/aws/lambda/a/b'), ownerOf(undefined)]).toEqual([null, null, null]);
});
