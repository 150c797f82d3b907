import { describe, expect, it } from 'vitest';
import { axisTop, stackColumns } from './shape';

describe('stackColumns', () => {
  it('sums what is visible and bridges gaps', () => {
    expect(
      stackColumns(
        [
          [1, null, null],
          [10, 10, null],
          [100, 100, null],
        ],
        [true, false, true],
      ),
    ).toEqual([
      [1, null, null],
      [10, 10, null],
      [101, 100, null],
    ]);
  });
});

describe('axisTop', () => {
  it('shows a near threshold and leaves a far one out', () => {
    expect(axisTop(50, [100], 0)).toBeCloseTo(108);
    expect(axisTop(10, [100], 0)).toBeCloseTo(10.8);
    expect(axisTop(null, [], 0)).toBe(1);
    expect(axisTop(3, [], 100)).toBeCloseTo(108);
  });
});
