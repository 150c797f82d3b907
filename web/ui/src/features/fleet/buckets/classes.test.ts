import { describe, expect, it } from 'vitest';
import { classSizes, storageClass } from './classes';

describe('storageClass', () => {
  it.each([
    ['STANDARD', 'Standard'],
    ['StandardStorage', 'Standard'],
    ['StandardIASizeOverhead', 'Standard-IA'],
    ['IntelligentTieringFAStorage', 'Intelligent-Tiering'],
    ['IntDAAObjectOverhead', 'Intelligent-Tiering'],
    ['GlacierIRSizeOverhead', 'Glacier Instant'],
    ['GLACIER', 'Glacier'],
    ['DeepArchiveStagingStorage', 'Deep Archive'],
    ['FutureStorage', 'FutureStorage'],
  ])('%s is %s', (raw, want) => expect(storageClass(raw).name).toBe(want));
});

describe('classSizes', () => {
  it('puts names together in order and drops the empty', () => {
    expect(classSizes({ GLACIER: 5, STANDARD: 3, GlacierStorage: 2, ONEZONE_IA: 0 }).map((c) => [c.name, c.bytes])).toEqual([
      ['Standard', 3],
      ['Glacier', 7],
    ]);
    expect(classSizes(null)).toEqual([]);
    expect(classSizes(5)).toEqual([]);
  });
});
