// A fleet's table as CSV: the rows shown, in their order, with every value the
// server has of them, not only the columns chosen.
import type { Resource } from '@/api/types';
import { csvText } from '@/lib/csv';

/** Objects (sizes by storage class) become a column for each of their names. */
export function fleetCsv(rows: readonly Resource[]): string {
  const flat = rows.map(flatten);
  const names = [...new Set(flat.flatMap((r) => Object.keys(r)))];
  function* lines() {
    yield names;
    for (const row of flat) yield names.map((name) => row[name]);
  }
  return csvText(lines());
}

type Flat = Record<string, string | number | null>;

function flatten(resource: Resource): Flat {
  const flat: Flat = { name: resource.name, status: resource.warnings[0]?.severity ?? 'ok', problems: resource.warnings.map((w) => w.rule).join(' ') };
  for (const [name, value] of [...Object.entries(resource.attributes), ...Object.entries(resource.values)] as [string, unknown][]) {
    if (value !== null && typeof value === 'object') for (const [part, inner] of Object.entries(value)) flat[`${name}.${part}`] = inner as number;
    else if (!(name in flat) || value !== null) flat[name] = typeof value === 'boolean' ? String(value) : (value as string | number | null);
  }
  return flat;
}
