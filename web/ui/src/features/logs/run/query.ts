// One run of a query: StartQuery, GetQueryResults until it ends (partial
// results on the way), then every further page. Aborting stops it on the server.
import { ApiError, aws, LOGS, type CallOptions } from '@/api/client';

export interface QueryInput {
  text: string;
  /** Left out when the text has SOURCE. */
  groups: readonly string[];
  /** Milliseconds. */
  start: number;
  end: number;
}

/** A row: a value for each column, undefined where there is none. */
export type Cells = (string | undefined)[];

export interface Statistics {
  recordsMatched: number;
  recordsScanned: number;
  /** Events of which the server knew, without reading them, that they do not match. */
  estimatedRecordsSkipped: number;
  bytesScanned: number;
  logGroupsScanned: number;
}

export interface Progress {
  queryId: string;
  status: string;
  /** As the server sends them: field and value pairs. */
  rows: RawRow[];
  statistics: Statistics;
  elapsedMs: number;
}

export type RawRow = { field: string; value: string }[];

interface RawResults {
  status: string;
  results?: RawRow[];
  statistics?: Partial<Statistics>;
  nextToken?: string;
  /** Why the query failed: this server's own. */
  statusReason?: string;
}

/** Milliseconds before each asking; the last one repeats. */
const pauses = [20, 50, 100, 150, 250, 350, 500];
const pageRows = 10_000;
const active = new Set(['Scheduled', 'Running', 'Unknown']);

export interface RunHooks extends CallOptions {
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
}

/** Runs a query to its end. Rejects with ApiError, or with the abort's reason. */
export async function runQuery(input: QueryInput, { signal, scope, onProgress }: RunHooks): Promise<Progress> {
  const began = performance.now();
  const call = <T>(operation: string, body: unknown, options: CallOptions = { signal }) => aws<T>(`${LOGS}.${operation}`, body, { scope, ...options });
  const { queryId } = await call<{ queryId: string }>('StartQuery', {
    queryString: input.text,
    startTime: Math.floor(input.start / 1000),
    endTime: Math.ceil(input.end / 1000),
    ...(input.groups.length > 0 ? { logGroupNames: input.groups } : {}),
  }, {}); // not aborted on the way: a query that has started must be stopped by its id
  const stop = () => void call('StopQuery', { queryId }, {}).catch(() => undefined); // it may have ended meanwhile
  const progress = (raw: RawResults, rows: RawRow[]): Progress => ({
    queryId,
    status: raw.status,
    rows,
    statistics: { recordsMatched: 0, recordsScanned: 0, estimatedRecordsSkipped: 0, bytesScanned: 0, logGroupsScanned: 0, ...raw.statistics },
    elapsedMs: performance.now() - began,
  });
  for (let i = 0; ; i++) {
    await pause(pauses[Math.min(i, pauses.length - 1)] ?? 500, signal, stop);
    const raw = await call<RawResults>('GetQueryResults', { queryId, maxItems: pageRows }).catch((error: unknown) => {
      if (signal.aborted) stop();
      throw error;
    });
    const rows = raw.results ?? [];
    if (active.has(raw.status)) {
      onProgress(progress(raw, rows));
      continue;
    }
    const last = await further(raw, rows, (token) => call<RawResults>('GetQueryResults', { queryId, maxItems: pageRows, nextToken: token }), (partial) => onProgress(progress({ ...raw, status: 'Running' }, partial)));
    if (raw.status === 'Failed' || raw.status === 'Timeout') {
      throw new ApiError(`Query${raw.status}`, raw.statusReason ?? `The query ended as ${raw.status} after ${Math.round(performance.now() - began)} ms.`, 200, 'GetQueryResults');
    }
    return progress(raw, last);
  }
}

async function further(raw: RawResults, rows: RawRow[], next: (token: string) => Promise<RawResults>, onPage: (rows: RawRow[]) => void): Promise<RawRow[]> {
  let token = raw.nextToken;
  const all = rows;
  while (token) {
    const page = await next(token);
    for (const row of page.results ?? []) all.push(row);
    token = page.nextToken;
    if (token) onPage(all);
  }
  return all;
}

function pause(ms: number, signal: AbortSignal, onAbort: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      onAbort();
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
