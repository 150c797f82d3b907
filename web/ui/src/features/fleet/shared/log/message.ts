// Reading log messages for display: one line of it, how bad it is, whose
// request it belongs to, and what kind of error it is.

export type Level = 'error' | 'warn' | 'platform' | 'plain';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
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

export function requestIdOf(message: string): string | null {
  return uuid.exec(message)?.[0] ?? null;
}

/** The message on one line: tabs and newlines as spaces, ends trimmed. */
export function oneLine(message: string, max = 600): string {
  const text = message.slice(0, max * 2).replace(/\s+/g, ' ').trim();
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

/** The message as its writer broke it, without trailing newlines. */
export function whole(message: string): string {
  return message.replace(/\r\n?/g, '\n').trimEnd();
}

/**
 * What errors have in common: the line that names the error, without what
 * differs from one to the next (ids, times, numbers, quoted values).
 */
export function errorKey(message: string): string {
  return oneLine(errorText(message), 300)
    .replace(new RegExp(uuid.source, 'gi'), '#')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?/g, '#')
    .replace(/\b0x[0-9a-f]+\b/gi, '#')
    .replace(/'[^']{1,80}'|"[^"]{1,80}"/g, '#')
    .replace(/\d+(\.\d+)?/g, '#');
}

/** The error itself, without prefixes such as "[ERROR]\t<time>\t<id>\t". */
export function errorText(message: string): string {
  const json = jsonError(message);
  if (json) return json;
  const report = /^REPORT\b.*?Status: (\w+)(?:\s+Error Type: (\S+))?/s.exec(message);
  if (report) return `Status: ${report[1]}${report[2] ? `, ${report[2]}` : ''}`;
  return whole(message)
    .split('\n')[0]!
    .replace(/^\[(ERROR|FATAL|CRITICAL)\]\s*/, '')
    .replace(/^\d{4}-\d\d-\d\d[T ][\d:.]+Z?\s+/, '')
    .replace(new RegExp(`^(RequestId: )?${uuid.source}\\s+`, 'i'), '')
    .replace(/^(ERROR|FATAL)\s+/, '');
}

/** "KeyError: …" out of a JSON record or of a Node.js "Invoke Error {…}" line. */
function jsonError(message: string): string | null {
  const at = message.indexOf('{"');
  if (at < 0) return null;
  try {
    const record = JSON.parse(message.slice(at)) as Record<string, unknown>;
    const inner = (typeof record['message'] === 'object' && record['message'] !== null ? record['message'] : record) as Record<string, unknown>;
    const type = inner['errorType'] ?? record['errorType'];
    const text = inner['errorMessage'] ?? record['errorMessage'] ?? inner['message'];
    if (typeof type === 'string') return typeof text === 'string' ? `${type}: ${text}` : type;
    return typeof text === 'string' ? text : null;
  } catch {
    return null;
  }
}
