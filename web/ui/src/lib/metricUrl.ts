// The metric page's chosen series as one URL parameter (?m=), short enough for a
// hundred of them and legible for one:
//
//   m = series *( "*" series )
//   series = options "," namespace "," metric *( "," dimension "," value )
//   options = [stat] *( "/" ( period seconds | "h" hidden | "c" colour number ) )
//
// A part "." is the same as that part of the series before. The characters of
// the grammar are percent-escaped inside parts. Other pages link with metricParams.
import type { Dimension } from '@/api/types';

export interface GraphSeries {
  namespace: string;
  metric: string;
  dimensions: Dimension[];
  /** Instead of the page's statistic. */
  stat?: string;
  /** Instead of the page's period, seconds. */
  period?: number;
  hidden?: boolean;
  /** Chart colour, from 0; without it the place in the list decides. */
  color?: number;
}

export interface ReadSeries {
  series: GraphSeries[];
  /** Entries that could not be read. */
  bad: number;
}

const escapePart = (text: string) => (text === '.' ? '%2E' : text.replace(/[%,*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`));
const escapeStat = (text: string) => escapePart(text).replace(/\//g, '%2F');

function unescapePart(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function optionsText(s: GraphSeries): string {
  return [escapeStat(s.stat ?? ''), s.period ?? '', s.hidden ? 'h' : '', s.color === undefined ? '' : `c${s.color}`].filter((part, i) => i === 0 || part !== '').join('/');
}

/** Writes series as readSeries reads them. */
export function seriesText(series: readonly GraphSeries[]): string {
  let before: string[] = [];
  return series
    .map((s) => {
      const parts = [optionsText(s), ...[s.namespace, s.metric, ...s.dimensions.flatMap((d) => [d.name, d.value])].map(escapePart)];
      const short = parts.map((part, i) => (part !== '' && part === before[i] ? '.' : part));
      before = parts;
      return short.join(',');
    })
    .join('*');
}

/** Reads the parameter; what cannot be read is counted, the rest stands. */
export function readSeries(text: string): ReadSeries {
  const series: GraphSeries[] = [];
  let bad = 0;
  let before: string[] = [];
  for (const entry of text.split('*')) {
    if (entry === '') continue;
    const parts = entry.split(',').map((part, i) => (part === '.' ? (before[i] ?? '') : part));
    before = parts;
    const one = readOne(parts);
    if (one) series.push(one);
    else bad++;
  }
  return { series, bad };
}

function readOne(parts: string[]): GraphSeries | null {
  const [options = '', ...rest] = parts;
  const names = rest.map(unescapePart);
  const [namespace, metric, ...pairs] = names;
  if (!namespace || !metric || pairs.length % 2 !== 0 || names.includes(null)) return null;
  const dimensions: Dimension[] = [];
  for (let i = 0; i < pairs.length; i += 2) dimensions.push({ name: pairs[i] ?? '', value: pairs[i + 1] ?? '' });
  const [stat = '', ...flags] = options.split('/');
  const made: GraphSeries = { namespace, metric, dimensions };
  const plainStat = unescapePart(stat);
  if (plainStat === null) return null;
  if (plainStat) made.stat = plainStat;
  for (const flag of flags) {
    if (flag === 'h') made.hidden = true;
    else if (/^c\d{1,3}$/.test(flag)) made.color = Number(flag.slice(1));
    else if (/^\d{1,7}$/.test(flag) && Number(flag) > 0) made.period = Number(flag);
    else return null;
  }
  return made;
}

/** Query parameters of the metric page for series: useGo('/graph', metricParams([...])). */
export function metricParams(series: readonly GraphSeries[]): { m: string } {
  return { m: seriesText(series) };
}

/** The same series whatever its statistic, period and looks. */
export function seriesIdentity(s: Pick<GraphSeries, 'namespace' | 'metric' | 'dimensions'>): string {
  return JSON.stringify([s.namespace, s.metric, ...s.dimensions.map((d) => [d.name, d.value]).sort()]);
}
