import { describe, expect, it } from 'vitest';
import { unitOf } from './units';

describe('unitOf', () => {
  it.each<[string, ReturnType<typeof unitOf>]>([
    ['@duration', { unit: 'Milliseconds', scale: 1 }],
    ['@duration / 1000', { unit: 'Seconds', scale: 1 }],
    ['@duration / 60000', null],
    ['@maxMemoryUsed', { unit: 'Megabytes', scale: 1e-6 }],
    ['@maxMemoryUsed / 1000000', { unit: 'Megabytes', scale: 1 }],
    ['@memorySize/1000/1000', { unit: 'Megabytes', scale: 1 }],
    ['@memorySize / 1024 / 1024 / 1024', { unit: 'Gigabytes', scale: 1 }],
    ['@memorySize / 1000', { unit: 'Kilobytes', scale: 1 }],
    ['@maxMemoryUsed / @memorySize', null],
    ['@maxMemoryUsed * 2', null],
    ['responseLatency', null],
    ['', null],
  ])('of %s', (expression, want) => {
    expect(unitOf(expression)).toEqual(want);
  });
});
