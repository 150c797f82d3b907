import { describe, expect, it } from 'vitest';
import { levelOf, oneLine, shortLine } from './logLine';

const id = '8f507cfc-1a2b-4697-b07a-ac58fc914c95';

describe('levelOf', () => {
  it.each([
    [`START RequestId: ${id} Version: $LATEST\n`, 'platform'],
    [`REPORT RequestId: ${id}\tDuration: 1.00 ms\t\n`, 'platform'],
    [`REPORT RequestId: ${id}\tDuration: 3000.00 ms\tStatus: timeout\t\n`, 'error'],
    [`2024-03-04T17:22:38.033Z ${id} Task timed out after 3.00 seconds\n\n`, 'error'],
    ["[ERROR] KeyError: 'x'\nTraceback", 'error'],
    [`2019-06-07T19:11:20.562Z\t${id}\tWARN\tslow`, 'warn'],
    ['{"timestamp":"x","level":"ERROR","message":"m"}', 'error'],
    ['{"time":"x","type":"platform.report","record":{"status":"success"}}', 'platform'],
    ['{"time":"x","type":"platform.report","record":{"status":"timeout"}}', 'error'],
    ['[INFO]\tloaded 3 rows', 'plain'],
    ['mirrored terrors', 'plain'],
    ['{"level":"warn"}', 'warn'],
    ['WARN slow', 'warn'],
    ['[INFO] finished without error', 'plain'],
    [`[INFO]\t2025-08-31T22:12:58.534Z\t${id}\tReceived event: {"last":"ValueError"}`, 'plain'],
    ['{"timestamp":"x","level":"INFO","message":"retry after Error"}', 'plain'],
  ])('%j is %s', (message, want) => expect(levelOf(message)).toBe(want));
});

it('oneLine', () => {
  expect(oneLine(' a\tb\n\nc ')).toBe('a b c');
  expect(oneLine('x'.repeat(50), 10)).toBe('xxxxxxxxxx…');
});

describe('shortLine leaves the line its words', () => {
  it.each([
    [`[INFO]\t2026-11-22T12:59:07.125Z\t${id}\tcache hits=5`, '[INFO] cache hits=5'],
    [`2026-11-22T12:59:07.125Z\t${id}\tINFO\thello`, 'INFO hello'],
    ['26/11/22 13:32:14 INFO DAGScheduler: Submitting', 'INFO DAGScheduler: Submitting'],
    ['2026/11/22 12:56:33 cached', 'cached'],
    [`REPORT RequestId: ${id}\tDuration: 5 ms`, 'REPORT Duration: 5 ms'],
    [`RequestId: ${id} Error: Runtime exited`, 'Error: Runtime exited'],
    [id, id],
    ['plain words', 'plain words'],
  ])('%j', (message, want) => expect(shortLine(message)).toBe(want));
});
