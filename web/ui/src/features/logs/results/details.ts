// The fields of one event or result row, for its opened view: each can become a
// filter. Fields of JSON are found as the server finds them.
import { equals, fieldText, quoted } from '../lang/pipeline';
import type { Cells } from '../run/query';
import type { ResultColumn } from './table';

export interface Field {
  /** As written in a query. */
  name: string;
  value: string;
  /** The query can filter by it. */
  filters: boolean;
  /** The server knows no such field; the filter looks for this text of the message. */
  text?: string;
}

const maxFields = 200; // as many as the server discovers in an event
const noFilter = new Set(['@timestamp', '@message', '@ingestionTime', '@ptr']);

const notShown = new Set(['@message', '@ptr']);

/** Columns first, then what the message holds and no column shows, then what else the server knows of the event. */
export function fieldsOf(columns: readonly ResultColumn[], cells: Cells, record: Readonly<Record<string, string>> = {}): Field[] {
  const fields: Field[] = [];
  const known = new Set<string>();
  const add = (name: string, value: string, filters: boolean, text?: string) => {
    if (known.has(name) || fields.length >= maxFields) return;
    known.add(name);
    fields.push({ name, value, filters, ...(text ? { text } : {}) });
  };
  let message: string | undefined;
  columns.forEach((column, i) => {
    const value = cells[i];
    if (column.name === '@message') message = value;
    else if (value !== undefined) add(columnField(column.name), value, !noFilter.has(column.name) && column.kind !== 'time');
  });
  message ??= record['@message'];
  if (message !== undefined) for (const [name, value] of messageFields(message)) add(name, value, true);
  for (const name of Object.keys(record).sort()) {
    if (!notShown.has(name)) add(columnField(name), record[name] ?? '', !noFilter.has(name));
  }
  if (message !== undefined) {
    for (const [name, value, text] of textParts(message)) add(name, value, true, text);
  }
  return fields;
}

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/i;
const keyValue = /(?<![\w.-])([A-Za-z_][\w.-]{0,40})=("[^"\n]{1,200}"|[^\s,;&"]{1,200})/g;
const maxParts = 40;

/** What stands out in a plain text: its request id and key=value pairs. */
function textParts(message: string): [name: string, value: string, text: string][] {
  if (embeddedJson(message) || lambdaFields(message).length > 0) return [];
  const parts: [string, string, string][] = [];
  const id = uuid.exec(message)?.[0];
  if (id) parts.push(['id', id, id]);
  for (const found of message.slice(0, 10_000).matchAll(keyValue)) {
    if (parts.length >= maxParts) break;
    parts.push([found[1] ?? '', (found[2] ?? '').replace(/^"|"$/g, ''), found[0]]);
  }
  return parts;
}

/** The condition that keeps, or leaves out, what has this value. */
export function conditionOf(field: Field, not: boolean): string {
  if (field.text !== undefined) return `@message ${not ? 'not like' : 'like'} ${quoted(field.text)}`;
  return equals(field.name, field.value, not);
}

/** A column's name as a field: expressions such as count(*) need backticks. */
function columnField(name: string): string {
  return /^[\p{L}\p{M}\p{N}_@.]+$/u.test(name) ? name : fieldText([name]);
}

/** Fields that the server discovers in a message. */
export function messageFields(message: string): [string, string][] {
  return [...lambdaFields(message), ...jsonFields(message)];
}

const reportFields: [RegExp, string, number][] = [
  [/\tDuration: ([\d.]+) ms|REPORT.*?\sDuration: ([\d.]+) ms/, '@duration', 1],
  [/Billed Duration: ([\d.]+) ms/, '@billedDuration', 1],
  [/Init Duration: ([\d.]+) ms/, '@initDuration', 1],
  [/Memory Size: (\d+) MB/, '@memorySize', 1_000_000],
  [/Max Memory Used: (\d+) MB/, '@maxMemoryUsed', 1_000_000],
];

function lambdaFields(message: string): [string, string][] {
  const line = /^(START|END|REPORT|INIT_START) (?:RequestId: ([0-9a-f-]{36}))?/.exec(message);
  if (!line) return [];
  const fields: [string, string][] = [['@type', line[1] ?? '']];
  if (line[2]) fields.push(['@requestId', line[2]]);
  if (line[1] === 'REPORT') {
    for (const [pattern, name, factor] of reportFields) {
      const found = pattern.exec(message);
      const value = found?.[1] ?? found?.[2];
      if (value) fields.push([name, factor === 1 ? value : String(Number(value) * factor)]);
    }
  }
  return fields;
}

function jsonFields(message: string): [string, string][] {
  const record = embeddedJson(message)?.value;
  const fields: [string, string][] = [];
  const walk = (value: unknown, path: string[]) => {
    if (fields.length >= maxFields) return;
    if (value !== null && typeof value === 'object') for (const [key, inner] of Object.entries(value)) walk(inner, [...path, path.length === 0 && key.startsWith('@') ? `@${key}` : key]);
    else if (value !== null && path.length > 0) fields.push([fieldText(path), String(value)]);
  };
  walk(record, []);
  return fields;
}

/** The message's JSON, or the JSON its first line begins after a prefix. */
export function embeddedJson(message: string): { before: string; value: unknown } | null {
  const from = message.search(/[{[]/);
  if (from < 0) return null;
  const text = message.slice(from).trimEnd();
  if (!/[}\]]$/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && Object.keys(value).length > 0 ? { before: message.slice(0, from), value } : null;
  } catch {
    return null;
  }
}

/** The message as it is read best: JSON indented, line ends as they were meant. */
export function prettyMessage(message: string): string {
  const json = embeddedJson(message);
  if (json) return `${json.before}${JSON.stringify(json.value, null, 2)}`;
  return message.replace(/\r\n?/g, '\n').trimEnd();
}
