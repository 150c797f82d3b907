// What a stats command measures, and which of it makes sense on one axis.
import { sameColumn, type StatsShape } from '../lang/stats';
import type { ResultTable } from './table';
import { type NumberUnit, unitOf } from './units';

export interface Measure {
  /** As the column is called. */
  name: string;
  /** What is measured: "@duration" of pct(@duration, 95); "" of a count. */
  of: string;
  /** null: a plain number. */
  unit: NumberUnit | null;
}

/** Aggregates whose values have the unit of their field. */
const keepsUnit = /^(?:pct|percentile|avg|min|max|sum|median|stddev|earliest|latest|sortsfirst|sortslast)$/;

/** The aggregates that are columns of numbers, in their order. */
export function measuresOf(table: Pick<ResultTable, 'columns'>, shape: StatsShape | null): Measure[] {
  return (shape?.aggregates ?? []).flatMap((a) => {
    const column = table.columns.find((c) => sameColumn(c.name, a.name));
    if (column?.kind !== 'number') return [];
    const [, fn = '', inner = ''] = /^(\w+)\s*\(\s*([^,)]*?)\s*[,)]/.exec(a.expression) ?? [];
    const plain = /^(\w+)\s*\([^()]*\)$/.test(a.expression);
    const counts = /^count(_distinct)?$/i.test(fn);
    const unit = plain && keepsUnit.test(fn.toLowerCase()) ? unitOf(inner) : null;
    return [{ name: column.name, of: counts ? '' : plain ? inner : a.expression, unit }];
  });
}

/** The measures to draw: the one that is asked for, all, or at first those of the same thing as the first. */
export function chosenMeasures(measures: readonly Measure[], asked: string): readonly Measure[] {
  if (asked === allMeasures) return measures;
  const one = measures.find((m) => m.name === asked);
  if (one) return [one];
  return measures.filter((m) => m.of === measures[0]?.of);
}
export const allMeasures = '*';

/** The unit of an axis that holds them all, and what values are multiplied with to be in it. */
export function unitOfMeasures(measures: readonly Measure[]): { unit: NumberUnit['unit'] | 'None'; scale: number } {
  const first = measures[0]?.unit;
  const same = first && measures.every((m) => m.unit?.unit === first.unit && m.unit.scale === first.scale);
  return same ? first : { unit: 'None', scale: 1 };
}

/** The unit of each column of numbers: a field's own, or that of what an aggregate measures. */
export function columnUnits(table: Pick<ResultTable, 'columns'>, measures: readonly Measure[]): (NumberUnit | null)[] {
  return table.columns.map((c) => (c.kind === 'number' ? (unitOf(c.name) ?? measures.find((m) => m.name === c.name)?.unit ?? null) : null));
}

/**
 * The column of numbers that bars stand beside: the one sorted by, else the
 * first that falls from row to row as top lists do. -1 where bars would lie:
 * nothing is grouped, or values are negative.
 */
export function barColumn(table: ResultTable, shape: StatsShape | null, sorted: string | undefined): number {
  if (!shape || shape.keys.length === 0 || table.pointers.length > 0 || table.rows.length < 2) return -1;
  const places = measuresOf(table, shape).map((m) => table.columns.findIndex((c) => c.name === m.name));
  const at = places.find((p) => table.columns[p]?.name === sorted) ?? places.find((p) => falls(table, p)) ?? places[0] ?? -1;
  return at >= 0 && table.rows.every((r) => r[at] === undefined || Number(r[at]) >= 0) ? at : -1;
}

function falls(table: ResultTable, at: number): boolean {
  return table.rows.every((r, i) => i === 0 || Number(r[at] ?? 0) <= Number(table.rows[i - 1]?.[at] ?? 0));
}
