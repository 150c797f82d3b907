// Where in the text a refused query is wrong.
import { ApiError } from '@/api/client';
import type { Problem } from './editor/QueryBox';

/** Whether the query's text is at fault: the same text would be refused again. */
export function isRefused(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'MalformedQueryException';
}

/** The place that the server points at; null for other errors. Its offsets count characters. */
export function problemOf(error: unknown, text: string): Problem | null {
  if (!(error instanceof ApiError) || !isRefused(error)) return null;
  const compile = error.details['queryCompileError'] as { location?: { startCharOffset?: number; endCharOffset?: number }; message?: string } | undefined;
  const start = compile?.location?.startCharOffset;
  if (start === undefined) return null;
  const end = compile?.location?.endCharOffset ?? start + 1;
  return { start: utf16(text, start), end: utf16(text, end), message: compile?.message ?? error.message };
}

/** The UTF-16 offset of a character offset. */
function utf16(text: string, characters: number): number {
  let at = 0;
  for (let n = 0; n < characters && at < text.length; n++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}
