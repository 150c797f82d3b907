// The page's time range (?range=) and its refreshing (?auto= in seconds).
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import { serverNow } from './clock';
import { absoluteRange, defaultRange, type Interval, parseRange, rangeText, resolveRange, shiftRange, type TimeRange } from './timerange';
import { setSearch, useUrlState } from './urlstate';

export interface RangeState {
  range: TimeRange;
  /** The range as in the URL: part of query keys. */
  text: string;
  /** The interval at this instant; call it where data is fetched. */
  resolve: () => Interval;
  set: (range: TimeRange | string) => void;
  shift: (direction: -1 | 1) => void;
  /** Makes [start, end) the range, as dragging over a chart does. */
  zoom: (start: number, end: number) => void;
}

function writeRange(range: TimeRange | string): void {
  const text = typeof range === 'string' ? range : rangeText(range);
  setSearch({ range: text === defaultRange ? null : text });
}

export function useTimeRange(): RangeState {
  const [text] = useUrlState('range', defaultRange);
  return useMemo(() => {
    const range = parseRange(text) ?? (parseRange(defaultRange) as TimeRange);
    return {
      range,
      text: rangeText(range),
      resolve: () => resolveRange(range, serverNow()),
      set: writeRange,
      shift: (direction) => writeRange(shiftRange(range, direction, serverNow())),
      zoom: (start, end) => writeRange(absoluteRange(start, end)),
    };
  }, [text]);
}

/** Seconds between automatic refreshes that are offered; 0 is off. */
export const autoRefreshChoices = [0, 10, 30, 60, 300] as const;
const defaultAuto = '60';

/** Asks again for everything on the page; old data stays until the new is there. */
export function useRefresh(): () => void {
  const client = useQueryClient();
  return useCallback(() => void client.invalidateQueries({ refetchType: 'active' }), [client]);
}

/** Seconds between automatic refreshes (0 off). An absolute range never refreshes by itself. */
export function useAutoRefresh(): [number, (seconds: number) => void] {
  const [text, set] = useUrlState('auto', defaultAuto);
  const seconds = autoRefreshChoices.find((choice) => String(choice) === text) ?? Number(defaultAuto);
  return [seconds, useCallback((next: number) => set(String(next)), [set])];
}

/** Runs the automatic refresh; the shell calls it once. Hidden tabs wait. */
export function useAutoRefreshTimer(): void {
  const { range } = useTimeRange();
  const [seconds] = useAutoRefresh();
  const refresh = useRefresh();
  const active = seconds > 0 && range.kind === 'relative';
  useEffect(() => {
    if (!active) return;
    const timer = window.setInterval(() => {
      if (!document.hidden) refresh();
    }, seconds * 1000);
    return () => window.clearInterval(timer);
  }, [active, seconds, refresh]);
}
