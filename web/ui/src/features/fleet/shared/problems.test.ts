import { describe, expect, it } from 'vitest';
import type { Fleet, Resource, Severity, Warning } from '@/api/types';
import { formatter } from '@/lib/format';
import en from '@/lib/i18n/en';
import { interpolate } from '@/lib/i18n/interpolate';
import { HOUR, parseRange } from '@/lib/timerange';
import { countSeverities, problemRange, rankProblems } from './problems';
import { defaultThresholds, ruleKey, rules, sinceText, warningWords } from './rules';

const end = Date.UTC(2026, 10, 21, 12);
const warning = (severity: Severity, since: number | null = null, rule = 'errors'): Warning => ({ rule, severity, value: 3.1, threshold: 1, unit: 'Percent', since, until: null, first: since, stretches: since === null ? 0 : 1, evidence: { errors: 37, invocations: 1204 } });
const resource = (name: string, ...warnings: Warning[]): Resource => ({ name, firstSeen: null, lastSeen: null, attributes: {}, values: {}, spark: {}, warnings });
const fleet = {
  start: end - 24 * HOUR,
  end,
  now: end,
  period: HOUR,
  resources: [resource('busy', warning('warning')), resource('fine'), resource('bad', warning('critical'), warning('info')), resource('cheap', warning('info'))],
} as unknown as Fleet;

describe('rankProblems', () => {
  it('puts critical first and leaves notes out', () => {
    const problems = rankProblems(fleet);
    expect(problems.map((p) => p.resource.name)).toEqual(['bad', 'busy']);
    expect(problems[0]?.warnings).toHaveLength(1);
  });
  it('counts resources by their worst', () => expect(countSeverities(fleet)).toEqual({ critical: 1, warning: 1, info: 1 }));
});

describe('problemRange', () => {
  it('begins a little before the problem', () => {
    const text = problemRange(warning('critical', end - 4 * HOUR), fleet);
    expect(parseRange(text)).toEqual({ kind: 'absolute', start: end - 5 * HOUR, end });
  });
  it('keeps the page range for what is as old as it, or of unknown age', () => {
    expect(problemRange(warning('critical', fleet.start), fleet)).toBeNull();
    expect(problemRange(warning('critical'), fleet)).toBeNull();
  });
});

describe('warningWords', () => {
  const t = (key: keyof typeof en, params = {}) => interpolate(en[key], params, 'en');
  it('says evidence and limit', () => {
    expect(warningWords('lambda', warning('warning'), t, formatter('en')).text).toBe('37 of 1,204 invocations failed: 3.1%, over the limit of 1%.');
  });
  it('shows what it has of a rule it does not know', () => {
    const words = warningWords('lambda', warning('warning', null, 'somethingNew'), t, formatter('en'));
    expect(words).toEqual({ name: 'somethingNew', text: '3.1%, errors 37, invocations 1,204', advice: '' });
  });
});

describe('rules', () => {
  it.each(rules.map((r) => [`${r.kind}.${r.rule}`, r] as const))('%s has all its words', (_, r) => {
    for (const part of ['name', 'text', 'advice', 'means'] as const) expect(en[ruleKey(r.kind, r.rule, part)!]).toBeTruthy();
    for (const limit of r.limits) expect(defaultThresholds[limit.name]).toBeTypeOf('number');
  });
});

describe('sinceText', () => {
  const t = (key: keyof typeof en, params = {}) => interpolate(en[key], params, 'en');
  const f = (over: Partial<Warning>, want: RegExp) => expect(sinceText({ ...warning('critical', end - 4 * HOUR), ...over }, fleet, t, formatter('en', true))).toMatch(want);
  it('tells the newest stretch and those before', () => {
    f({}, /^since \w+ \d+, \d\d:\d\d \(4 hr\. ago\)$/);
    f({ until: end - HOUR }, /^from .* to .* \(1 hr\. ago\)$/);
    f({ stretches: 3, first: end - 9 * HOUR }, /^since .*, and 2 times before, first \w+ \d+, \d\d:\d\d$/);
    f({ since: fleet.start }, /^all through this time range$/);
    f({ since: null }, /^$/);
  });
});
