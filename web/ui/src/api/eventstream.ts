// AWS event streams (application/vnd.amazon.eventstream) as a browser reads
// them. A message is
//
//   u32 length of all · u32 length of the headers · u32 CRC of these two
//   headers: u8 length, name, u8 type (7: string), u16 length, value
//   payload · u32 CRC of everything before
//
// all big-endian. The checksums are not looked at: TCP has checked the bytes.
import { ApiError } from './client';

export interface StreamMessage {
  headers: Readonly<Record<string, string>>;
  /** The payload's JSON. */
  payload: unknown;
}

const preludeLength = 12;
const trailerLength = 4;
const longest = 24 << 20; // as the AWS SDKs bound a message

/** The messages of a body, one by one, until it ends. */
export async function* streamMessages(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamMessage> {
  const reader = body.getReader();
  let pending = new Uint8Array(0);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      pending = joined(pending, value);
      let from = 0;
      for (let length = messageLength(pending, from); length !== null && from + length <= pending.length; length = messageLength(pending, from)) {
        yield decodeMessage(pending.subarray(from, from + length));
        from += length;
      }
      pending = pending.slice(from);
    }
    if (pending.length > 0) throw broken('it ends inside a message');
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** The length of the message that begins there; null when too little of it is there to know. */
function messageLength(bytes: Uint8Array, from: number): number | null {
  if (bytes.length - from < preludeLength) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset + from).getUint32(0);
  if (length < preludeLength + trailerLength || length > longest) throw broken(`a message of ${length} bytes`);
  return length;
}

const utf8 = new TextDecoder();
const stringHeader = 7;

/** One whole message. */
export function decodeMessage(bytes: Uint8Array): StreamMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = preludeLength + view.getUint32(4);
  if (end > bytes.length - trailerLength) throw broken('headers longer than their message');
  const headers: Record<string, string> = {};
  let at = preludeLength;
  const take = (n: number) => {
    if (at + n > end) throw broken('a header longer than the headers');
    at += n;
    return at - n;
  };
  while (at < end) {
    const nameLength = view.getUint8(take(1));
    const name = utf8.decode(bytes.subarray(take(nameLength), at));
    const type = view.getUint8(take(1));
    if (type !== stringHeader) throw broken(`header ${name} has type ${type}, want ${stringHeader}`);
    const valueLength = view.getUint16(take(2));
    headers[name] = utf8.decode(bytes.subarray(take(valueLength), at));
  }
  const text = utf8.decode(bytes.subarray(end, bytes.length - trailerLength));
  try {
    return { headers, payload: text === '' ? {} : JSON.parse(text) };
  } catch {
    throw broken('a payload that is not JSON');
  }
}

function broken(what: string): ApiError {
  return new ApiError('BadResponse', `the event stream is broken: ${what}`, 200, 'event stream');
}
