// One line of a log as a list shows it: how bad it is, on one line, and short
// where there is little room.

export type Level = 'error' | 'warn' | 'platform' | 'plain';

export const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const platformLine = /^(START|END|REPORT|INIT_START|INIT_REPORT|RESTORE_START|RESTORE_REPORT|EXTENSION|LOGS|TELEMETRY|XRAY)\b/;
const errorLine = /\b(ERROR|FATAL|CRITICAL)\b|\w*(Error|Exception)\b|Task timed out|Status: (error|timeout)|"level":\s*"(error|fatal)"/i;
// A level that the line itself names says more than words inside it.
const namedLevel = /^\[?(?:\S*\s+){0,3}\[?\b(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b|"level":\s*"(\w+)"/;
const warnLine = /\bWARN(ING)?\b|"level":\s*"warn(ing)?"/i;
// REPORT and END name no error unless their status does.
const reportFailed = /Status: (error|timeout)/;

export function levelOf(message: string): Level {
  if (platformLine.test(message)) return reportFailed.test(message) ? 'error' : 'platform';
  if (/^\S*\s*\{.*"type":\s*"platform\./.test(message.slice(0, 200))) return /"status":\s*"(error|failure|timeout)"/.test(message) ? 'error' : 'platform';
  const head = message.slice(0, 400);
  const named = namedLevel.exec(head);
  const level = (named?.[1] ?? named?.[2])?.toUpperCase();
  if (level && /^(TRACE|DEBUG|INFO)$/.test(level)) return 'plain';
  if (level && /^WARN/.test(level)) return 'warn';
  if (errorLine.test(head)) return 'error';
  return warnLine.test(head) ? 'warn' : 'plain';
}

/** The message on one line: tabs and newlines as spaces, ends trimmed. */
export function oneLine(message: string, max = 600): string {
  const text = message.slice(0, max * 2).replace(/\s+/g, ' ').trim();
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

const stamp = /\b(?:\d{4}[-/]\d\d[-/]\d\d|\d\d\/\d\d\/\d\d)[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\s*/;
const id = new RegExp(`(?:RequestId: )?${uuid.source}\\s*`, 'i');
const headLength = 120; // where a line's own time and request id stand

/** The message on one line without its own time and request id, for a list on a narrow screen. */
export function shortLine(message: string): string {
  const text = oneLine(message);
  const head = text.slice(0, headLength).replace(stamp, '').replace(id, '');
  return (head + text.slice(headLength)).trim() || text;
}
