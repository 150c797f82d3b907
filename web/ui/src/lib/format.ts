// Numbers as people read them, in the language of the page. Units are
// CloudWatch's names ("Milliseconds", "Bytes/Second", "None") and a few of our
// own ("USD", "GB-Seconds", "DPU-Hours"). Absent numbers are an en dash.
import type { Locale } from './i18n/locale';

export const absent = '–';

export interface Formatter {
  /** Times are UTC rather than in the browser's zone. */
  utc: boolean;
  /** 12,345 or 1.2M from a million on. */
  count: (value: number | null | undefined) => string;
  /** All digits with thousands separators. */
  exact: (value: number | null | undefined) => string;
  /** value is already in percent: 99.2 → "99.2%". */
  percent: (value: number | null | undefined) => string;
  /** milliseconds → "12.3 ms", "1.24 s", "3 m 20 s". */
  duration: (ms: number | null | undefined) => string;
  /** A relative range as written ("24h", "90m") in words, in its own unit. */
  span: (text: string) => string;
  bytes: (value: number | null | undefined) => string;
  /** US dollars. */
  money: (value: number | null | undefined) => string;
  /** Any value in one of CloudWatch's units or ours. */
  value: (value: number | null | undefined, unit: string) => string;
  /** Date and time in the chosen zone, to the second when asked. */
  time: (ms: number | null | undefined, options?: { seconds?: boolean; ms?: boolean }) => string;
  /** Time of day only. */
  clock: (ms: number, options?: { seconds?: boolean }) => string;
  /** "5 min ago" seen from now. */
  ago: (ms: number | null | undefined, now: number) => string;
  date: (ms: number | null | undefined) => string;
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
const kib = 1024;

/** What one unit of a CloudWatch size is in bytes; bits are kept as bits. */
const byteFactor: Record<string, number> = { Bytes: 1, Kilobytes: kib, Megabytes: kib ** 2, Gigabytes: kib ** 3, Terabytes: kib ** 4 };
const durationFactor: Record<string, number> = { Microseconds: 0.001, Milliseconds: 1, Seconds: 1000 };

const cache = new Map<string, Formatter>();

/** The formatter of a language, with times in UTC or in the browser's zone; made once. */
export function formatter(locale: Locale, utc = false): Formatter {
  const key = `${locale}/${utc}`;
  const made = cache.get(key) ?? makeFormatter(locale, utc);
  cache.set(key, made);
  return made;
}

function missing(value: number | null | undefined): value is null | undefined {
  return value === null || value === undefined || !Number.isFinite(value);
}

function makeFormatter(locale: Locale, utc: boolean): Formatter {
  const timeZone = utc ? 'UTC' : undefined;
  const words = durationWords[locale];
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const exactFormat = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 });
  const digits = [0, 1, 2, 3, 4].map((n) => new Intl.NumberFormat(locale, { maximumFractionDigits: n }));
  const tiny = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });
  const dollars = [0, 2, 4].map((n) => new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol', minimumFractionDigits: n === 4 ? 2 : n, maximumFractionDigits: n }));
  const dateTime = new Intl.DateTimeFormat(locale, { timeZone, month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const dateTimeSeconds = new Intl.DateTimeFormat(locale, { timeZone, month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const dateTimeMs = new Intl.DateTimeFormat(locale, { timeZone, month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' });
  const clockFormat = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const clockSeconds = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const dateFormat = new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric', month: 'short', day: 'numeric' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' });

  /** Three significant digits, never more than the value deserves. */
  const short = (value: number): string => {
    const size = Math.abs(value);
    if (size === 0) return '0';
    if (size < 0.001) return tiny.format(value);
    const places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return (digits[places] ?? whole).format(value);
  };

  const count: Formatter['count'] = (value) => {
    if (missing(value)) return absent;
    const size = Math.abs(value);
    if (size >= 1e6) return compact.format(value);
    return size >= 100 || Number.isInteger(value) ? whole.format(value) : short(value);
  };

  const percent: Formatter['percent'] = (value) => {
    if (missing(value)) return absent;
    const size = Math.abs(value);
    if (size > 0 && size < 0.01) return `<${digits[2]?.format(0.01)}%`;
    // 99.96 must not read as 100: whole hundred is a statement of its own.
    if (size > 99.9 && size < 100) return `>${digits[1]?.format(99.9)}%`;
    return `${(size >= 100 ? whole : size >= 10 ? digits[1] : digits[2])?.format(value)}%`;
  };

  const duration: Formatter['duration'] = (ms) => {
    if (missing(ms)) return absent;
    const size = Math.abs(ms);
    if (size === 0) return `0${words.ms}`;
    if (size < 0.001) return `<${digits[3]?.format(0.001)}${words.ms}`;
    if (size < 999.5) return `${short(ms)}${words.ms}`;
    if (size < 59_995) return `${short(ms / 1000)}${words.s}`;
    const parts: [number, string][] = [
      [86_400_000, words.d],
      [3_600_000, words.h],
      [60_000, words.m],
      [1000, words.s],
    ];
    const rounded = Math.round(size / (size < 3_600_000 ? 1000 : 60_000)) * (size < 3_600_000 ? 1000 : 60_000);
    const at = parts.findIndex(([unit]) => rounded >= unit);
    const [unit, name] = parts[at] ?? [1000, words.s];
    const [nextUnit, nextName] = parts[at + 1] ?? [1, ''];
    const major = Math.floor(rounded / unit);
    const minor = Math.floor((rounded - major * unit) / nextUnit);
    const text = `${whole.format(major)}${name}${minor > 0 && major < 100 ? ` ${minor}${nextName}` : ''}`;
    return ms < 0 ? `-${text}` : text;
  };

  const bytes: Formatter['bytes'] = (value) => {
    if (missing(value)) return absent;
    let size = Math.abs(value);
    let at = 0;
    while (size >= 999.5 && at < byteUnits.length - 1) {
      size /= kib;
      at++;
    }
    const sign = value < 0 ? '-' : '';
    return `${sign}${at === 0 ? whole.format(size) : short(size)} ${byteUnits[at]}`;
  };

  const money: Formatter['money'] = (value) => {
    if (missing(value)) return absent;
    const size = Math.abs(value);
    if (size > 0 && size < 0.0001) return `<${dollars[2]?.format(0.0001)}`;
    const places = size === 0 || size >= 1000 ? 0 : size >= 0.1 ? 1 : 2;
    return dollars[places]?.format(value) ?? absent;
  };

  const value: Formatter['value'] = (v, unit) => {
    if (missing(v)) return absent;
    if (unit === 'Percent') return percent(v);
    if (unit === 'USD') return money(v);
    if (unit === 'Count') return count(v);
    const [base = '', per] = unit.split('/');
    const rate = per === 'Second' ? `/${words.s.trim()}` : '';
    const byteScale = byteFactor[base];
    if (byteScale !== undefined) return bytes(v * byteScale) + rate;
    const timeScale = durationFactor[base];
    if (timeScale !== undefined) return duration(v * timeScale);
    const number = Math.abs(v) >= 1e6 ? compact.format(v) : short(v);
    if (base === 'Count') return number + rate;
    if (base.endsWith('bits') || base === 'Bits') return `${number} ${base}${rate}`;
    return unit === 'None' || unit === '' ? number : `${number} ${unit}`;
  };

  return {
    utc,
    count,
    percent,
    duration,
    span: (text) => {
      const [, number = '', unit = ''] = /^(\d+)([mhdw])$/.exec(text) ?? [];
      if (unit === 'w') return `${Number(number) * 7}${words.d}`;
      return number + (words[unit as 'm' | 'h' | 'd'] ?? text);
    },
    bytes,
    money,
    value,
    exact: (v) => (missing(v) ? absent : exactFormat.format(v)),
    time: (ms, options = {}) => (missing(ms) ? absent : (options.ms ? dateTimeMs : options.seconds ? dateTimeSeconds : dateTime).format(ms)),
    clock: (ms, options = {}) => (options.seconds ? clockSeconds : clockFormat).format(ms),
    date: (ms) => (missing(ms) ? absent : dateFormat.format(ms)),
    ago: (ms, now) => {
      if (missing(ms)) return absent;
      const seconds = Math.round((ms - now) / 1000);
      const size = Math.abs(seconds);
      if (size < 60) return relative.format(seconds, 'second');
      if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute');
      if (size < 2 * 86400) return relative.format(Math.round(seconds / 3600), 'hour');
      return relative.format(Math.round(seconds / 86400), 'day');
    },
  };
}

/** Written after the number as they are: Korean has no space before its units. */
const durationWords: Record<Locale, { ms: string; s: string; m: string; h: string; d: string }> = {
  en: { ms: ' ms', s: ' s', m: ' m', h: ' h', d: ' d' },
  ko: { ms: ' ms', s: '초', m: '분', h: '시간', d: '일' },
};
