// Error lines that say the same thing, put together.
import type { LogEvent } from '@/api/logs';
import { levelOf } from '@/lib/logLine';
import { errorKey, errorText } from './message';

export interface ErrorGroup {
  key: string;
  title: string;
  count: number;
  /** milliseconds */
  first: number;
  last: number;
  newest: LogEvent;
}

/** Groups, the one seen last first. Lines that only mention an error (an INFO line, a REPORT) are left out. */
export function groupErrors(events: readonly LogEvent[]): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (const event of events) {
    if (levelOf(event.message) !== 'error') continue; // matched by a word inside, not a failure
    const key = errorKey(event.message);
    const group = groups.get(key);
    if (!group) {
      groups.set(key, { key, title: errorText(event.message), count: 1, first: event.timestamp, last: event.timestamp, newest: event });
      continue;
    }
    group.count++;
    group.first = Math.min(group.first, event.timestamp);
    if (event.timestamp > group.last) {
      group.last = event.timestamp;
      group.newest = event;
      group.title = errorText(event.message);
    }
  }
  return [...groups.values()].sort((a, b) => b.last - a.last);
}
