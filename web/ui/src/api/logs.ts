// The Logs operations that pages use, typed as far as they look.
import { ApiError, aws, awsStream, LOGS, type CallOptions } from './client';
import { streamMessages } from './eventstream';

export interface LogEvent {
  logStreamName?: string;
  /** milliseconds */
  timestamp: number;
  message: string;
  ingestionTime?: number;
  eventId?: string;
}

export interface FilterLogEventsInput {
  logGroupName: string;
  startTime?: number;
  endTime?: number;
  filterPattern?: string;
  logStreamNames?: string[];
  limit?: number;
  nextToken?: string;
  /** Newest first, as FilterLogEvents itself names it; false means oldest first. */
  startFromHead?: boolean;
}

export interface FilterLogEventsOutput {
  events: LogEvent[];
  nextToken?: string;
}

export function filterLogEvents(input: FilterLogEventsInput, options: CallOptions = {}): Promise<FilterLogEventsOutput> {
  return aws(`${LOGS}.FilterLogEvents`, input, options);
}

export interface GetLogEventsInput {
  logGroupName: string;
  logStreamName: string;
  startTime?: number;
  endTime?: number;
  limit?: number;
  nextToken?: string;
  startFromHead?: boolean;
}

export interface GetLogEventsOutput {
  events: LogEvent[];
  nextForwardToken?: string;
  nextBackwardToken?: string;
}

export function getLogEvents(input: GetLogEventsInput, options: CallOptions = {}): Promise<GetLogEventsOutput> {
  return aws(`${LOGS}.GetLogEvents`, input, options);
}

export interface StartLiveTailInput {
  /** At most ten; this server takes names as well as ARNs. */
  logGroupIdentifiers: readonly string[];
  logEventFilterPattern?: string;
}

export interface LiveTailEvent {
  /** An ARN. */
  logGroupIdentifier: string;
  logStreamName: string;
  /** milliseconds */
  timestamp: number;
  message: string;
}

export interface LiveTailUpdate {
  events: LiveTailEvent[];
  /** More matched than the 500 events that an update holds. */
  sampled: boolean;
}

/** Follows log groups: an update about every second, also when nothing came. Throws when the session ends. */
export async function* startLiveTail(input: StartLiveTailInput, options: CallOptions = {}): AsyncGenerator<LiveTailUpdate> {
  const operation = 'StartLiveTail';
  const body = await awsStream(`${LOGS}.${operation}`, input, options);
  for await (const { headers, payload } of streamMessages(body)) {
    const members = payload as Record<string, unknown>;
    if (headers[':message-type'] !== 'event') {
      const code = headers[':exception-type'] ?? headers[':error-code'] ?? 'UnknownError';
      throw new ApiError(code, String(members['message'] ?? headers[':error-message'] ?? code), 200, operation);
    }
    if (headers[':event-type'] !== 'sessionUpdate') continue;
    const { sampled = false } = (members['sessionMetadata'] ?? {}) as { sampled?: boolean };
    yield { events: (members['sessionResults'] ?? []) as LiveTailEvent[], sampled };
  }
}
