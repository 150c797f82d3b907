// Storage classes: order, names, colours. Names come as the fleet gives them
// ("STANDARD_IA") or as S3's metrics do ("StandardIAStorage").
import type { FleetValue } from '@/api/types';
import type { Token } from '@/lib/tokens';

const known: [pattern: RegExp, name: string, color: Token][] = [
  [/^(STANDARD|StandardStorage)$/, 'Standard', 'chart-1'],
  [/^(STANDARD_IA|StandardIA)/, 'Standard-IA', 'chart-3'],
  [/^(ONEZONE_IA|OneZoneIA)/, 'One Zone-IA', 'chart-8'],
  [/^(INTELLIGENT_TIERING|IntelligentTiering|IntAA|IntDAA)/, 'Intelligent-Tiering', 'chart-4'],
  [/^(GLACIER_IR|GlacierInstantRetrieval|GlacierIR)/, 'Glacier Instant', 'chart-5'],
  [/^(DEEP_ARCHIVE|DeepArchive)/, 'Deep Archive', 'chart-7'],
  [/^(GLACIER|Glacier)/, 'Glacier', 'chart-2'],
  [/^(EXPRESS_ONEZONE|ExpressOneZone)/, 'Express One Zone', 'chart-9'],
  [/^(REDUCED_REDUNDANCY|ReducedRedundancy)/, 'Reduced Redundancy', 'chart-10'],
];

export interface StorageClass {
  name: string;
  color: Token;
  order: number;
}

/** The class of a name; an unknown one under its own name, last. */
export function storageClass(raw: string): StorageClass {
  const at = known.findIndex(([pattern]) => pattern.test(raw));
  const found = known[at];
  return found ? { name: found[1], color: found[2], order: at } : { name: raw, color: 'chart-6', order: known.length };
}

export interface ClassSize extends StorageClass {
  bytes: number;
}

/** Sizes by class, classes of one name together, in the order of `known`. */
export function classSizes(value: FleetValue | undefined): ClassSize[] {
  if (value === null || typeof value !== 'object') return [];
  const byName = new Map<string, ClassSize>();
  for (const [raw, bytes] of Object.entries(value)) {
    const of = storageClass(raw);
    const entry = byName.get(of.name) ?? { ...of, bytes: 0 };
    entry.bytes += bytes;
    byName.set(of.name, entry);
  }
  return [...byName.values()].filter((c) => c.bytes > 0).sort((a, b) => a.order - b.order);
}
