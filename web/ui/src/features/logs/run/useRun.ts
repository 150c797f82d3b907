// The run that belongs to the page's query and range: started when they change,
// stopped when they change again. The old result stays until the new one has
// something; going back to a query shows what it gave.
import { useCallback, useEffect, useRef, useState } from 'react';
import { serverNow } from '@/lib/clock';
import { useScope } from '@/lib/scope';
import { useTimeRange } from '@/lib/rangeState';
import type { Interval } from '@/lib/timerange';
import { makeTable, type ResultTable } from '../results/table';
import { type QuerySpec, runnable } from '../spec';
import { runQuery, type Progress, type Statistics } from './query';

export interface RunState {
  status: 'idle' | 'running' | 'done' | 'stopped' | 'error';
  /** What the shown table is of; absent before the first rows. */
  shown?: { spec: QuerySpec; interval: Interval; table: ResultTable; complete: boolean };
  /** Of the current run. */
  spec?: QuerySpec;
  interval?: Interval;
  statistics?: Statistics;
  elapsedMs: number;
  error?: unknown;
}

export interface Run extends RunState {
  stop: () => void;
  /** Runs again what is on the page. */
  again: () => void;
}

const remembered = 8;
const freshMs = 60_000; // a relative range's result is shown again this long

interface Kept {
  state: RunState;
  at: number;
}

function keep(kept: Map<string, Kept>, key: string, state: RunState): void {
  kept.delete(key);
  kept.set(key, { state, at: Date.now() });
  for (const oldest of kept.keys()) {
    if (kept.size <= remembered) break;
    kept.delete(oldest);
  }
}

/** spec null runs nothing. */
export function useRun(spec: QuerySpec | null): Run {
  const scope = useScope();
  const { text: rangeText, resolve, range } = useTimeRange();
  const [state, setState] = useState<RunState>({ status: 'idle', elapsedMs: 0 });
  const [nonce, setNonce] = useState(0);
  const kept = useRef(new Map<string, Kept>());
  const ran = useRef(0);
  const running = useRef<AbortController | null>(null);
  const key = spec ? JSON.stringify([scope, rangeText, spec.groups, spec.text]) : null;
  useEffect(() => {
    if (!spec || key === null) {
      setState({ status: 'idle', elapsedMs: 0 });
      return;
    }
    const old = kept.current.get(key);
    if (old && ran.current === nonce && (range.kind === 'absolute' || Date.now() - old.at < freshMs)) {
      setState(old.state);
      return;
    }
    ran.current = nonce;
    const controller = new AbortController();
    running.current = controller;
    const interval = resolve();
    const made = (progress: Progress, complete: boolean): RunState => ({
      status: complete ? 'done' : 'running',
      spec,
      interval,
      statistics: progress.statistics,
      elapsedMs: progress.elapsedMs,
      shown: { spec, interval, table: makeTable(progress.rows), complete },
    });
    const onProgress = (progress: Progress) => {
      if (controller.signal.aborted) return;
      const next = made(progress, false);
      // Old rows stay until there are new ones.
      setState((before) => (progress.rows.length > 0 ? next : { ...next, shown: before.shown }));
    };
    setState((before) => ({ status: 'running', spec, interval, shown: before.shown, elapsedMs: 0 }));
    runQuery({ ...runnable(spec), start: interval.start, end: interval.end }, { scope, signal: controller.signal, onProgress }).then(
      (progress) => {
        if (controller.signal.aborted) return;
        const done = made(progress, true);
        setState(done);
        keep(kept.current, key, done);
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setState((before) => ({ ...before, status: 'error', error }));
      },
    );
    return () => controller.abort(new DOMException('superseded', 'AbortError'));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `key` stands for spec, scope and range
  }, [key, nonce]);
  const stop = useCallback(() => {
    running.current?.abort(new DOMException('stopped', 'AbortError'));
    setState((before) => (before.status === 'running' ? { ...before, status: 'stopped' } : before));
  }, []);
  const again = useCallback(() => setNonce((n) => n + 1), []);
  return { ...state, stop, again };
}

/** Milliseconds since a run began, ticking while it runs. */
export function useTicking(active: boolean): number {
  const [elapsed, setElapsed] = useState(0);
  useEffect(() => {
    if (!active) return;
    const began = serverNow();
    setElapsed(0);
    const timer = setInterval(() => setElapsed(serverNow() - began), 100);
    return () => clearInterval(timer);
  }, [active]);
  return elapsed;
}
