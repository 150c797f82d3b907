// The server's clock: relative ranges end at the server's now, whatever the
// browser's clock says.
let offset = 0;

/** Learns the server's clock from an answer that carries it. */
export function learnServerTime(now: number): void {
  const seen = now - Date.now();
  // Under two seconds the difference is mostly the answer's travel time.
  offset = Math.abs(seen) < 2000 ? 0 : seen;
}

/** The server's now in milliseconds. */
export function serverNow(): number {
  return Date.now() + offset;
}
