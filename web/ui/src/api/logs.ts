// The Logs operations that pages use, typed as far as they look.
import { aws, LOGS, type CallOptions } from './client';

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
