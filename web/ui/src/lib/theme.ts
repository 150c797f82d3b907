// Light, dark or as the system: Cloudscape's dark mode is a class on <body>.
import { useEffect, useSyncExternalStore } from 'react';
import { useSetting } from './settings';

export const themes = ['light', 'dark', 'system'] as const;
export type Theme = (typeof themes)[number];
export type Mode = 'light' | 'dark';

const darkQuery = typeof window === 'undefined' ? null : window.matchMedia('(prefers-color-scheme: dark)');

function subscribeSystem(listener: () => void): () => void {
  darkQuery?.addEventListener('change', listener);
  return () => darkQuery?.removeEventListener('change', listener);
}

export function useThemeChoice(): [Theme, (theme: Theme) => void] {
  const [text, set] = useSetting('theme');
  return [themes.find((theme) => theme === text) ?? 'system', set];
}

/** What is shown now; canvases redraw when it changes. */
export function useMode(): Mode {
  const [theme] = useThemeChoice();
  const system = useSyncExternalStore(subscribeSystem, () => darkQuery?.matches ?? false);
  return theme === 'system' ? (system ? 'dark' : 'light') : theme;
}

/** Puts the mode onto the page before children draw their canvases. */
export function applyMode(mode: Mode): void {
  document.body.classList.toggle('awsui-dark-mode', mode === 'dark');
  document.body.classList.add('awsui-compact-mode');
  document.documentElement.style.colorScheme = mode;
}

/** Applies the mode; the root component calls it once. */
export function useApplyMode(): void {
  const mode = useMode();
  if (document.body.classList.contains('awsui-dark-mode') !== (mode === 'dark')) applyMode(mode);
  useEffect(() => applyMode(mode), [mode]);
}
