// Whose data the page shows: "account/region" in ?scope=, else the server's own.
import { useUrlState } from './urlstate';

/** The chosen scope, or null for the server's default. Part of every query key. */
export function useScope(): string | null {
  const [scope] = useUrlState('scope');
  return scope || null;
}
