import { describe, expect, it } from 'vitest';
import { conditionOf, embeddedJson, fieldsOf, messageFields, prettyMessage } from './details';
import { tableCsv, tableJson } from './exports';
import { makeTable } from './table';

const report =
  'REPORT RequestId: 82244dbb-7f93-4ad1-af93-06441a5d3416\tDuration: 3559.33 ms\tBilled Duration: 3560 ms\tMemory Size: 1024 MB\tMax Memory Used: 730 MB\tInit Duration: 210.5 ms\t\n';

describe('messageFields', () => {
  it('reads Lambda platform lines as the server does', () => {
    expect(Object.fromEntries(messageFields(report))).toEqual({
      '@type': 'REPORT', '@requestId': '82244dbb-7f93-4ad1-af93-06441a5d3416', '@duration': '3559.33', '@billedDuration': '3560', '@initDuration': '210.5', '@memorySize': '1024000000', '@maxMemoryUsed': '730000000',
    });
    expect(messageFields('START RequestId: 82244dbb-7f93-4ad1-af93-06441a5d3416 Version: $LATEST\n')).toHaveLength(2);
  });
  it('walks JSON by paths, also behind a prefix', () => {
    expect(messageFields('2026-11-22T10:00:00Z\tid\tINFO\t{"a":{"b c":1,"d":[{"e":true}]},"@x":"y","n":null}\n')).toEqual([['a.`b c`', '1'], ['a.d.0.e', 'true'], ['@@x', 'y']]);
  });
  it('finds nothing in text, broken or empty JSON', () => {
    expect(['hello {world}', '{"a":', '{}', '[]', ''].map(messageFields)).toEqual([[], [], [], [], []]);
  });
  it('is bounded', () => {
    expect(messageFields(JSON.stringify(Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`k${i}`, i])))).length).toBeLessThanOrEqual(200);
  });
});

describe('fieldsOf', () => {
  it('lists columns, then what the message holds besides', () => {
    const table = makeTable([[{ field: '@timestamp', value: '2026-11-22 10:33:44.554' }, { field: 'level', value: 'ERROR' }, { field: '@message', value: '{"level":"ERROR","n":5}' }]]);
    expect(fieldsOf(table.columns, table.rows[0] ?? [])).toEqual([
      { name: '@timestamp', value: '2026-11-22 10:33:44.554', filters: false },
      { name: 'level', value: 'ERROR', filters: true },
      { name: 'n', value: '5', filters: true },
    ]);
  });
  it('adds what only the record of the event has', () => {
    const table = makeTable([[{ field: '@duration', value: '5' }]]);
    const record = { '@message': '{"n":5}', '@ptr': 'p', '@logStream': 's', '@duration': '5', 'b c': 'x', '@timestamp': '2026-11-22 10:33:44.554' };
    expect(fieldsOf(table.columns, table.rows[0] ?? [], record)).toEqual([
      { name: '@duration', value: '5', filters: true },
      { name: 'n', value: '5', filters: true },
      { name: '@logStream', value: 's', filters: true },
      { name: '@timestamp', value: '2026-11-22 10:33:44.554', filters: false },
      { name: '`b c`', value: 'x', filters: true },
    ]);
  });
  it('writes expressions as fields in backticks', () => {
    const table = makeTable([[{ field: 'count(*)', value: '5' }]]);
    expect(fieldsOf(table.columns, table.rows[0] ?? [])[0]?.name).toBe('`count(*)`');
  });
});

describe('plain texts', () => {
  const fields = (message: string) => fieldsOf([{ name: '@message', kind: 'message' }], [message]);
  it('give their request id and key=value pairs, filtered by their text', () => {
    const got = fields('2026-11-22T11:50:56Z\t73d6d4a4-13eb-4bf4-9fb5-491aff5e74a4\tINFO\tbatch size=150, path="/a b" url=http://x/?q=1&r=2\n');
    expect(got.map((f) => [f.name, f.value])).toEqual([['id', '73d6d4a4-13eb-4bf4-9fb5-491aff5e74a4'], ['size', '150'], ['path', '/a b'], ['url', 'http://x/?q=1'], ['r', '2']]);
    expect(conditionOf(got[1]!, false)).toBe('@message like "size=150"');
    expect(conditionOf(got[2]!, true)).toBe('@message not like "path=\\"/a b\\""');
  });
  it('are left alone where the server discovers fields', () => {
    expect(fields('{"a":"b=c"}').map((f) => f.name)).toEqual(['a']);
    expect(fields('nothing here')).toEqual([]);
  });
  it('filter discovered fields by name', () => {
    expect(conditionOf({ name: 'a', value: '5', filters: true }, true)).toBe('a != 5');
  });
});

describe('messages', () => {
  it('show JSON indented behind what stands before it', () => {
    expect(prettyMessage('INFO {"a":1}\n')).toBe('INFO {\n  "a": 1\n}');
    expect(prettyMessage('a\r\nb\rc\n')).toBe('a\nb\nc');
    expect(embeddedJson('x {"a":1} y')).toBeNull();
  });
});

describe('exports', () => {
  const table = makeTable([[{ field: 'a', value: '1' }, { field: 'b', value: 'x,y' }], [{ field: 'a', value: '0.10' }]]);
  it('keep the order shown and the values as they came', () => {
    expect(tableCsv(table, [1, 0])).toBe('a,b\r\n0.10,\r\n1,"x,y"\r\n');
    expect(JSON.parse(tableJson(table, [1, 0]))).toEqual([{ a: '0.10' }, { a: '1', b: 'x,y' }]);
  });
});
