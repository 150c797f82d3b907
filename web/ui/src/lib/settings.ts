// Small choices of this browser (theme, language, column choice), kept in
// localStorage and shared by all components that read them.
import { useCallback, useSyncExternalStore } from 'react';

const prefix = 'skywatch.';
const listeners = new Set<() => void>();

function read(name: string): string | null {
  try {
    return window.localStorage.getItem(prefix + name);
  } catch {
    return null; // storage is forbidden: the defaults serve
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

/** A setting of this browser; null removes it. */
export function useSetting(name: string): [string | null, (value: string | null) => void] {
  const value = useSyncExternalStore(subscribe, () => read(name));
  const set = useCallback(
    (next: string | null) => {
      try {
        if (next === null) window.localStorage.removeItem(prefix + name);
        else window.localStorage.setItem(prefix + name, next);
      } catch {
        // storage is forbidden or full: the choice lasts for this page only by not lasting
      }
      listeners.forEach((listener) => listener());
    },
    [name],
  );
  return [value, set];
}
