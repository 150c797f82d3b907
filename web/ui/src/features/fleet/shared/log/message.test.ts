import { describe, expect, it } from 'vitest';
import { errorKey, errorText, requestIdOf } from './message';

const id = '8f507cfc-xmpl-4697-b07a-ac58fc914c95'.replace('xmpl', '1a2b');

describe('errorText', () => {
  it.each([
    ["[ERROR] KeyError: 'customer'\nTraceback (most recent call last):\n", "KeyError: 'customer'"],
    [`2019-06-07T19:11:20.562Z\t${id}\tERROR\tInvoke Error \t{"errorType":"TypeError","errorMessage":"x is undefined","stack":[]}`, 'TypeError: x is undefined'],
    [`2024-03-04T17:22:38.033Z ${id} Task timed out after 3.00 seconds\n\n`, 'Task timed out after 3.00 seconds'],
    [`RequestId: ${id} Error: Runtime exited with error: signal: killed\nRuntime.ExitError`, 'Error: Runtime exited with error: signal: killed'],
    [`REPORT RequestId: ${id}\tDuration: 3.00 ms\tStatus: error\tError Type: Runtime.OutOfMemory\t`, 'Status: error, Runtime.OutOfMemory'],
    ['{"level":"ERROR","message":{"errorType":"ValueError","errorMessage":"bad"}}', 'ValueError: bad'],
    ['{"level":"ERROR","message":"cannot load"}', 'cannot load'],
    ['ERROR {"broken json', '{"broken json'],
  ])('%j', (message, want) => expect(errorText(message)).toBe(want));
});

describe('errorKey', () => {
  it('is the same for errors that differ in values only', () => {
    expect(errorKey("[ERROR] KeyError: 'customer_1'\nTraceback")).toBe(errorKey("[ERROR] KeyError: 'customer_22'\nTraceback"));
    expect(errorKey(`x ${id} failed after 12.5 s`)).toBe('x # failed after # s');
  });
  it('differs for different errors', () => {
    expect(errorKey("[ERROR] KeyError: 'a'")).not.toBe(errorKey("[ERROR] ValueError: 'a'"));
  });
});

it('requestIdOf finds the first id', () => {
  expect(requestIdOf(`START RequestId: ${id} Version`)).toBe(id);
  expect(requestIdOf('none')).toBeNull();
});
