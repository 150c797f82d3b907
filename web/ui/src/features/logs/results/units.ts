// What the numbers of a column are counted in. Lambda's memory fields are bytes
// in which a MB is a million; people read MB.

export interface NumberUnit {
  /** As CloudWatch names it. */
  unit: 'Milliseconds' | 'Seconds' | 'Kilobytes' | 'Megabytes' | 'Gigabytes';
  /** A value times this is in the unit. */
  scale: number;
}

const fieldUnits: Readonly<Record<string, NumberUnit>> = {
  '@duration': { unit: 'Milliseconds', scale: 1 },
  '@billedDuration': { unit: 'Milliseconds', scale: 1 },
  '@initDuration': { unit: 'Milliseconds', scale: 1 },
  '@memorySize': { unit: 'Megabytes', scale: 1e-6 },
  '@maxMemoryUsed': { unit: 'Megabytes', scale: 1e-6 },
};

/** What a field divided by these is in; a query's own 1000s and 1024s both mean the next larger unit. */
const divided: Readonly<Record<'Milliseconds' | 'Megabytes', readonly { by: readonly number[]; unit: NumberUnit['unit'] }[]>> = {
  Milliseconds: [{ by: [1000], unit: 'Seconds' }],
  Megabytes: [
    { by: [1000, 1024], unit: 'Kilobytes' },
    { by: [1e6, 1000 * 1024, 1024 ** 2], unit: 'Megabytes' },
    { by: [1e9, 1024 ** 3], unit: 'Gigabytes' },
  ],
};

/** The unit of a field, or of a field divided by numbers; null where it is not known. */
export function unitOf(expression: string): NumberUnit | null {
  const [field = '', ...numbers] = expression.split('/').map((part) => part.trim());
  const own = fieldUnits[field];
  if (!own || numbers.length === 0) return own ?? null;
  const by = numbers.reduce((product, n) => product * (/^\d+(\.\d+)?$/.test(n) ? Number(n) : NaN), 1);
  const larger = (own.unit === 'Milliseconds' || own.unit === 'Megabytes' ? divided[own.unit] : []).find((d) => d.by.includes(by));
  return larger ? { unit: larger.unit, scale: 1 } : null;
}

/** As it stands behind a heading. */
export const unitSigns: Readonly<Record<NumberUnit['unit'], string>> = { Milliseconds: 'ms', Seconds: 's', Kilobytes: 'KB', Megabytes: 'MB', Gigabytes: 'GB' };
