// A live tail session as long as it is wanted: opened, read, closed.
import { useCallback, useEffect, useState } from 'react';
import { startLiveTail } from '@/api/logs';
import { useScope } from '@/lib/scope';
import { cleared, extended, noTail, type Tail } from './rows';

export type TailStatus = 'off' | 'opening' | 'on' | 'failed';

export interface LiveTail {
  status: TailStatus;
  tail: Tail;
  error: unknown;
  start: () => void;
  stop: () => void;
  clear: () => void;
}

/** Follows groups from the first draw on when there are any, and again when groups or pattern change. */
export function useLiveTail(groups: readonly string[], pattern: string): LiveTail {
  const scope = useScope();
  const [wanted, setWanted] = useState(groups.length > 0);
  const [status, setStatus] = useState<TailStatus>('off');
  const [tail, setTail] = useState<Tail>(noTail);
  const [error, setError] = useState<unknown>(null);
  const names = groups.join(',');
  useEffect(() => {
    if (!wanted || names === '') {
      setStatus('off');
      return;
    }
    const ending = new AbortController();
    setStatus('opening');
    setError(null);
    setTail(noTail);
    const follow = async () => {
      const input = { logGroupIdentifiers: names.split(','), ...(pattern ? { logEventFilterPattern: pattern } : {}) };
      for await (const update of startLiveTail(input, { scope, signal: ending.signal })) {
        if (ending.signal.aborted) return;
        setStatus('on');
        setTail((before) => extended(before, update));
      }
    };
    follow()
      .then(() => !ending.signal.aborted && setWanted(false))
      .catch((failure: unknown) => {
        if (ending.signal.aborted) return;
        setError(failure);
        setStatus('failed');
      });
    return () => ending.abort();
  }, [wanted, names, pattern, scope]);
  return {
    status,
    tail,
    error,
    start: useCallback(() => {
      setWanted(false); // a failed session is wanted still: begin anew
      setTimeout(() => setWanted(true));
    }, []),
    stop: useCallback(() => setWanted(false), []),
    clear: useCallback(() => setTail(cleared), []),
  };
}
