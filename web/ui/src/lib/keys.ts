// Keyboard shortcuts. A component says useHotkey('r', 'keys.refresh', fn); the
// help overlay lists what is registered, page keys apart from the shell's.
import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { MessageKey } from './i18n';

export interface Hotkey {
  /** A KeyboardEvent.key, with "mod+" before it for ⌘ or ctrl. */
  combo: string;
  label: MessageKey;
  /** Shell keys work everywhere and are listed apart. */
  everywhere: boolean;
}

interface Entry extends Hotkey {
  run: () => void;
}

let entries: Entry[] = [];
const listeners = new Set<() => void>();

function change(next: Entry[]): void {
  entries = next;
  listeners.forEach((listener) => listener());
}

/** "mod+k", "?", "[" … of a key event. */
export function comboOf(event: Pick<KeyboardEvent, 'key' | 'metaKey' | 'ctrlKey'>): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.metaKey || event.ctrlKey ? `mod+${key}` : key;
}

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.('input, textarea, select, [contenteditable="true"], [role="combobox"], [role="listbox"]');
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const combo = comboOf(event);
  if (!combo.startsWith('mod+') && isTyping(event.target)) return;
  // A dialog owns the keyboard while it is open.
  if (document.querySelector('[role="dialog"][aria-modal="true"]') && !combo.startsWith('mod+')) return;
  const entry = entries.findLast((one) => one.combo === combo);
  if (!entry) return;
  event.preventDefault();
  entry.run();
}

/** Registers a key while the component is mounted; the latest registration of a key wins. */
export function useHotkey(combo: string, label: MessageKey, run: () => void, options: { everywhere?: boolean } = {}): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  const everywhere = options.everywhere ?? false;
  useEffect(() => {
    const entry: Entry = { combo, label, everywhere, run: () => latest.current() };
    if (entries.length === 0) window.addEventListener('keydown', onKeyDown);
    change([...entries, entry]);
    return () => {
      change(entries.filter((one) => one !== entry));
      if (entries.length === 0) window.removeEventListener('keydown', onKeyDown);
    };
  }, [combo, label, everywhere]);
}

/** What is registered now. */
export function useHotkeys(): readonly Hotkey[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => entries,
  );
}

const apple = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

/** A combo as the keyboard shows it: "⌘K" or "Ctrl+K". */
export function comboText(combo: string): string {
  const key = combo.replace('mod+', '');
  const shown = { Escape: 'Esc', Enter: '⏎' }[key] ?? (combo.startsWith('mod+') ? key.toUpperCase() : key);
  if (!combo.startsWith('mod+')) return shown;
  return apple ? `⌘${shown}` : `Ctrl+${shown}`;
}
