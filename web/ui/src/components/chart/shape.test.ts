import { describe, expect, it } from 'vitest';
import { axisRange, axisTop, fillingAt, stackColumns } from './shape';

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

describe('axisRange', () => {
  it('begins at zero unless there is something below', () => {
    expect(axisRange(5, 50, [], 0)).toEqual([0, axisTop(50, [], 0)]);
    expect(axisRange(null, null, [], 0)).toEqual([0, 1]);
    const [foot, top] = axisRange(-10, 50, [], 0);
    expect(foot).toBeCloseTo(-10.8);
    expect(top).toBeCloseTo(54);
  });
  it('ends at zero when all is below', () => {
    expect(axisRange(-10, -2, [], 0)).toEqual([-10 * 1.08, 0]);
    expect(axisRange(-10, -2, [], 100)[1]).toBeCloseTo(108);
  });
});

describe('fillingAt', () => {
  it('finds the newest period while it lasts', () => {
    expect(fillingAt([0, 60, 120], 150)).toBe(2);
    expect(fillingAt([0, 60, 120], 180)).toBeNull();
    expect(fillingAt([0, 60, 300], 310)).toBe(2);
    expect(fillingAt([0, 60, 120], 100)).toBeNull();
    expect(fillingAt([60], 70)).toBeNull();
    expect(fillingAt([], 70)).toBeNull();
  });
});
