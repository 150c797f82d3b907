// FilterLogEvents, newest first. A page of its answer may be empty although
// more follow (nothing matched in the part it looked through), so a page here
// is as many of its pages as hold something, within a bound.
import { filterLogEvents, type LogEvent } from '@/api/logs';
import type { CallOptions } from '@/api/client';
import type { Interval } from '@/lib/timerange';

export interface LogPage {
  events: LogEvent[];
  /** Continues where this page ended; undefined at the end of the range. */
  next?: string;
}

const maxCalls = 12;

export interface LogPageInput {
  group: string;
  pattern: string;
  interval: Interval;
  /** Events wanted; fewer come when maxCalls pages hold fewer. */
  limit: number;
  token?: string;
}

export async function fetchLogPage(input: LogPageInput, options: CallOptions): Promise<LogPage> {
  const events: LogEvent[] = [];
  let token = input.token;
  for (let call = 0; call < maxCalls; call++) {
    const answer = await filterLogEvents(
      {
        logGroupName: input.group,
        startTime: Math.floor(input.interval.start),
        endTime: Math.ceil(input.interval.end),
        startFromHead: false,
        limit: input.limit - events.length,
        ...(input.pattern.trim() ? { filterPattern: input.pattern } : {}),
        ...(token ? { nextToken: token } : {}),
      },
      options,
    );
    events.push(...answer.events);
    token = answer.nextToken;
    if (!token || events.length >= input.limit) break;
  }
  return { events, next: token };
}
