import { expect, it } from 'vitest';
import { ApiError } from '@/api/client';
import { commonPrefix, plusGroups } from './pick/groups';
import { problemOf } from './problem';

it('problemOf counts characters as the server does', () => {
  const text = '# 🚀 메모\nfields a,';
  const error = new ApiError('MalformedQueryException', 'bad', 400, 'StartQuery', { queryCompileError: { location: { startCharOffset: 7, endCharOffset: 13 }, message: 'bad here' } });
  const found = problemOf(error, text);
  expect(text.slice(found?.start, found?.end)).toBe('fields');
  expect(found?.message).toBe('bad here');
});

it('problemOf is none for other errors', () => {
  expect(problemOf(new ApiError('ResourceNotFoundException', 'x', 400, 'StartQuery'), 'a')).toBeNull();
  expect(problemOf(new Error('x'), 'a')).toBeNull();
  expect(problemOf(new ApiError('MalformedQueryException', 'x', 400, 'StartQuery'), 'a')).toBeNull();
});

it('commonPrefix is what all names begin with', () => {
  expect([[], ['/a/b'], ['/a/b', '/a/c'], ['x', 'y']].map(commonPrefix)).toEqual(['', '/a/b', '/a/', '']);
});

it('plusGroups adds each once, up to fifty', () => {
  expect(plusGroups(['a'], ['b', 'a'])).toEqual(['a', 'b']);
  expect(plusGroups([], Array.from({ length: 60 }, (_, i) => String(i)))).toHaveLength(50);
});
