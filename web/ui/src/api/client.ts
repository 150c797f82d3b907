// The two doors to the server: aws() speaks the public CloudWatch APIs (AWS
// JSON, POST /) and ui() asks the page-sized questions below /ui/api/. Both
// throw ApiError, whose message is the server's own words.

/** Anything that went wrong between a page and its data. */
export class ApiError extends Error {
  constructor(
    /** The AWS error code ("ResourceNotFoundException"), or "Network", "BadResponse". */
    readonly code: string,
    message: string,
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** What was asked: "GetMetricData", "GET /ui/api/session". */
    readonly operation: string,
    /** Other members of the error body, such as a query compile error's location. */
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Whether no answer came at all: the server is stopped, or the network is. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'Network';
}

export interface CallOptions {
  /** "account/region"; without it the server takes its own default. */
  scope?: string | null;
  signal?: AbortSignal;
}

/** X-Amz-Target prefixes of the two services. */
export const METRICS = 'GraniteServiceVersion20100801';
export const LOGS = 'Logs_20140328';

function scopeHeader(scope: string | null | undefined): Record<string, string> {
  return scope ? { 'X-Skywatch-Scope': scope } : {};
}

/**
 * Calls one AWS operation. target is the X-Amz-Target header, such as
 * "Logs_20140328.FilterLogEvents".
 */
export async function aws<T>(target: string, body: unknown, options: CallOptions = {}): Promise<T> {
  const operation = operationOf(target);
  return decode<T>(operation, await post(target, body, options), awsError);
}

/** Calls an operation that answers a stream of events, and returns its body. */
export async function awsStream(target: string, body: unknown, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
  const response = await post(target, body, options);
  if (response.ok && response.body) return response.body;
  await decode(operationOf(target), response, awsError);
  throw new ApiError('BadResponse', `${operationOf(target)} answered no stream`, response.status, operationOf(target));
}

function operationOf(target: string): string {
  return target.slice(target.indexOf('.') + 1);
}

function post(target: string, body: unknown, options: CallOptions): Promise<Response> {
  const contentType = target.startsWith(METRICS) ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1';
  return send(operationOf(target), '/', {
    method: 'POST',
    headers: { 'Content-Type': contentType, 'X-Amz-Target': target, ...scopeHeader(options.scope) },
    body: JSON.stringify(body),
    signal: options.signal,
  });
}

const awsError: ErrorReader = (payload, response) => {
  const type = String(payload['__type'] ?? payload['code'] ?? response.headers.get('x-amzn-errortype') ?? 'UnknownError');
  const code = type.slice(type.lastIndexOf('#') + 1).split(':')[0] ?? type;
  return { code, message: String(payload['message'] ?? payload['Message'] ?? code) };
};

export interface UiOptions extends CallOptions {
  method?: 'GET' | 'PUT' | 'POST';
  /** Query parameters; undefined and null are left out, arrays repeat. */
  params?: Record<string, string | number | null | undefined | readonly (string | number)[]>;
  body?: unknown;
}

/** Asks one question of /ui/api; path begins after that prefix ("fleet/lambda"). */
export async function ui<T>(path: string, options: UiOptions = {}): Promise<T> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(options.params ?? {})) {
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const query = search.size > 0 ? `?${search}` : '';
  const method = options.method ?? 'GET';
  const operation = `${method} /ui/api/${path}`;
  const response = await send(operation, `/ui/api/${path}${query}`, {
    method,
    headers: {
      ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...scopeHeader(options.scope),
    },
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
    signal: options.signal,
  });
  return decode<T>(operation, response, (payload) => {
    const error = payload['error'] as { code?: string; message?: string } | undefined;
    return { code: error?.code ?? `HTTP ${response.status}`, message: error?.message ?? response.statusText };
  });
}

async function send(operation: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, credentials: 'same-origin', cache: 'no-store' });
  } catch (error) {
    if (init.signal?.aborted) throw error; // the page went elsewhere: not a fault
    throw new ApiError('Network', error instanceof Error ? error.message : String(error), 0, operation);
  }
}

type ErrorReader = (payload: Record<string, unknown>, response: Response) => { code: string; message: string };

async function decode<T>(operation: string, response: Response, readError: ErrorReader): Promise<T> {
  const text = await response.text();
  let payload: unknown = {};
  let parsed = true;
  try {
    payload = text === '' ? {} : JSON.parse(text);
  } catch {
    parsed = false;
  }
  if (!response.ok) {
    const members = parsed && payload !== null && typeof payload === 'object' ? (payload as Record<string, unknown>) : {};
    const { code, message } = parsed ? readError(members, response) : { code: `HTTP ${response.status}`, message: text.slice(0, 500) || response.statusText };
    throw new ApiError(code, message, response.status, operation, members);
  }
  if (!parsed) {
    throw new ApiError('BadResponse', `${operation} answered something that is not JSON: ${text.slice(0, 80)}`, response.status, operation);
  }
  return payload as T;
}
