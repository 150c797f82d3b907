// State in the URL's query. A value equal to its default is left out, so links
// stay short; several values can change in one history entry.
import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { navigate } from 'wouter/use-browser-location';

export type SearchUpdates = Record<string, string | number | null | undefined>;

/** Query parameters that go along to other pages. */
export const carriedParams = ['range', 'scope', 'auto'] as const;

/** The query after updates; null, undefined and "" remove a parameter. */
export function updatedSearch(search: string, updates: SearchUpdates): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(updates)) {
    if (value === null || value === undefined || value === '') params.delete(name);
    else params.set(name, String(value));
  }
  return readable(params);
}

// URLSearchParams escapes these although a query may hold them: links stay legible.
function readable(params: URLSearchParams): string {
  return params.toString().replace(/%3A/gi, ':').replace(/%2F/gi, '/').replace(/%2C/gi, ',');
}

/** Changes the current URL's query. replace keeps the history entry (typing, toggling). */
export function setSearch(updates: SearchUpdates, options: { replace?: boolean } = {}): void {
  const next = updatedSearch(window.location.search, updates);
  const query = next ? `?${next}` : '';
  if (query === window.location.search) return;
  navigate(`${window.location.pathname}${query}`, { replace: options.replace ?? false });
}

/** One query parameter as state; the default is not written to the URL. */
export function useUrlState(name: string, fallback = ''): [string, (value: string, options?: { replace?: boolean }) => void] {
  const value = new URLSearchParams(useSearch()).get(name) ?? fallback;
  const set = useCallback(
    (next: string, options: { replace?: boolean } = { replace: true }) => setSearch({ [name]: next === fallback ? null : next }, options),
    [name, fallback],
  );
  return [value, set];
}

/** A query parameter that holds a list, parted by commas. */
export function useUrlList(name: string): [string[], (value: string[]) => void] {
  const [text, set] = useUrlState(name);
  const list = useMemo(() => (text === '' ? [] : text.split(',').map(decodeURIComponent)), [text]);
  return [list, useCallback((value: string[]) => set(value.map(encodeURIComponent).join(',')), [set])];
}

/** Makes hrefs for other pages that keep the time range and the scope. */
export function useHref(): (path: string, params?: SearchUpdates) => string {
  const search = useSearch();
  return useCallback(
    (path, params = {}) => {
      const current = new URLSearchParams(search);
      const kept = Object.fromEntries(carriedParams.map((name) => [name, current.get(name)]));
      const next = updatedSearch('', { ...kept, ...params });
      return next ? `${path}?${next}` : path;
    },
    [search],
  );
}

/** Goes to another page, keeping range and scope. */
export function useGo(): (path: string, params?: SearchUpdates) => void {
  const href = useHref();
  const [, setLocation] = useLocation();
  return useCallback((path, params) => setLocation(href(path, params)), [href, setLocation]);
}
