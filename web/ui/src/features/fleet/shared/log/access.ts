// Access logs of APIs and buckets as lines that one reads at a glance, and the
// log groups that hold them.
import type { Level } from '@/lib/logLine';

export interface AccessLine {
  text: string;
  level: Level;
}

/** What an access log says of one request, or null for another kind of line. */
export function accessLine(message: string): AccessLine | null {
  return message.trimStart().startsWith('{') ? jsonAccess(message) : bucketAccess(message);
}

/** API Gateway's: JSON in whatever fields its format names. */
function jsonAccess(message: string): AccessLine | null {
  let record: unknown;
  try {
    record = JSON.parse(message);
  } catch {
    return null;
  }
  const of = (...names: string[]) => names.map((n) => (record as Record<string, unknown>)[n]).find((v) => (typeof v === 'string' && v !== '' && v !== '-') || typeof v === 'number');
  const status = Number(of('status', 'statusCode') ?? NaN);
  if (record === null || typeof record !== 'object' || !Number.isInteger(status)) return null;
  const latency = of('responseLatency', 'latency');
  const parts = [status, of('httpMethod', 'method'), of('path', 'resourcePath', 'routeKey'), latency === undefined ? undefined : `${latency} ms`, of('errorMessage', 'error'), of('ip', 'sourceIp'), of('userAgent')];
  return { text: parts.filter((p) => p !== undefined).join('  '), level: levelOfStatus(status) };
}

/** A server access log of S3: owner, bucket, [time], address, requester, request id, operation, key, "request", status, error, bytes, size, total and turn-around time. */
const s3Line = /^[0-9a-f]{16,} \S+ \[[^\]]+\] (\S+) (\S+) \S+ (\S+) (\S+) (?:"[^"]*"|-) (\d{3}|-) (\S+) (?:\d+|-) (?:\d+|-) (\d+|-)/;

function bucketAccess(message: string): AccessLine | null {
  const found = s3Line.exec(message);
  if (!found) return null;
  const [, address, requester = '', operation, key, status, error, total] = found;
  const who = requester === '-' ? undefined : requester.replace(/^arn:aws:[a-z]+::\d*:/, '');
  const parts = [status, operation, key === '-' ? undefined : key, total === '-' ? undefined : `${total} ms`, error === '-' ? undefined : error, who, address];
  return { text: parts.filter((p) => p !== undefined).join('  '), level: levelOfStatus(Number(status)) };
}

function levelOfStatus(status: number): Level {
  return status >= 500 ? 'error' : status >= 400 ? 'warn' : 'plain';
}

/** What access logs are called behind the name of their API or bucket. */
const suffix = /^[-_.]?(access|execution|server|s3)?[-_.]?(logs?)?$/i;

/** The log groups that are one resource's own by their names: a part of the path is its name, or its name and what logs are called. */
export function ownLogGroups(name: string, groups: readonly string[]): string[] {
  const own = (part: string) => part.startsWith(name) && suffix.test(part.slice(name.length));
  return groups.filter((group) => group.split(/[/_:]/).concat(group.split('/')).some(own));
}
