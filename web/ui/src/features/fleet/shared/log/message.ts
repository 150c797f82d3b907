// Reading log messages for display: whose request one belongs to, and what kind
// of error it is.
import { oneLine, uuid } from '@/lib/logLine';

export function requestIdOf(message: string): string | null {
  return uuid.exec(message)?.[0] ?? null;
}

/** The message as its writer broke it, without trailing newlines; one that is JSON, indented. */
export function whole(message: string): string {
  if (message.startsWith('{')) {
    try {
      return JSON.stringify(JSON.parse(message), null, 2);
    } catch {
      // It only begins like JSON.
    }
  }
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
