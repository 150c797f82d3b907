import { describe, expect, it } from 'vitest';
import { decodeMessage, streamMessages } from './eventstream';

/** A message as the server writes it, with checksums of zero. */
function message(headers: Record<string, string>, payload: string): Uint8Array {
  const utf8 = new TextEncoder();
  const parts: number[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const [n, v] = [utf8.encode(name), utf8.encode(value)];
    parts.push(n.length, ...n, 7, v.length >> 8, v.length & 255, ...v);
  }
  const body = utf8.encode(payload);
  const bytes = new Uint8Array(12 + parts.length + body.length + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length);
  view.setUint32(4, parts.length);
  bytes.set(parts, 12);
  bytes.set(body, 12 + parts.length);
  return bytes;
}

function bodyOf(bytes: Uint8Array, piece: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let i = 0; i < bytes.length; i += piece) controller.enqueue(bytes.slice(i, i + piece));
      controller.close();
    },
  });
}

async function all(body: ReadableStream<Uint8Array>) {
  const got = [];
  for await (const m of streamMessages(body)) got.push(m);
  return got;
}

describe('event stream', () => {
  const first = message({ ':message-type': 'event', ':event-type': 'sessionStart' }, '{"sessionId":"ü"}');
  const second = message({ ':message-type': 'exception' }, '');
  const both = new Uint8Array([...first, ...second]);

  it('reads messages however the network cuts them', async () => {
    for (const piece of [1, 3, 16, first.length, both.length]) {
      expect(await all(bodyOf(both, piece))).toEqual([
        { headers: { ':message-type': 'event', ':event-type': 'sessionStart' }, payload: { sessionId: 'ü' } },
        { headers: { ':message-type': 'exception' }, payload: {} },
      ]);
    }
  });

  it('refuses what is no event stream', async () => {
    await expect(all(bodyOf(both.slice(0, -1), 7))).rejects.toThrow('ends inside a message');
    await expect(all(bodyOf(new TextEncoder().encode('{"some":"other answer"}'), 5))).rejects.toThrow('a message of');
    const long = first.slice();
    long[7] = 255;
    expect(() => decodeMessage(long)).toThrow('longer than');
    const odd = first.slice();
    odd[12] = 200;
    expect(() => decodeMessage(odd)).toThrow('longer than');
    expect(() => decodeMessage(message({ ':message-type': 'event' }, '{'))).toThrow('not JSON');
    // Cut or changed anywhere: an error, never a hang.
    for (let i = 0; i < first.length; i++) {
      const changed = first.slice();
      changed[i] = (changed[i] ?? 0) ^ 0x55;
      await all(bodyOf(changed, 9)).catch((error: unknown) => expect(error).toBeInstanceOf(Error));
    }
  });
});
