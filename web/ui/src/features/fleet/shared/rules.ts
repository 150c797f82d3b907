// Warnings in words: each rule's name, its evidence as a sentence, its advice.
import type { Fleet, FleetKind, Thresholds, Warning } from '@/api/types';
import { absent, type Formatter } from '@/lib/format';
import type { MessageKey, Translate } from '@/lib/i18n';
import type { Params } from '@/lib/i18n/interpolate';
import { fromTheStart } from './problems';
import { runStateText } from './runState';

/** A limit that a rule compares with, as PUT /ui/api/settings/thresholds names it. */
export interface RuleLimit {
  name: string;
  unit: 'Percent' | 'Milliseconds';
}

export interface Rule {
  kind: FleetKind;
  rule: string;
  limits: RuleLimit[];
}

const percent = (name: string): RuleLimit => ({ name, unit: 'Percent' });

/** Every rule, in the order of the settings page. */
export const rules: readonly Rule[] = [
  { kind: 'lambda', rule: 'errors', limits: [percent('errorRateWarn'), percent('errorRateCritical')] },
  { kind: 'lambda', rule: 'outOfMemory', limits: [] },
  { kind: 'lambda', rule: 'timeouts', limits: [] },
  { kind: 'lambda', rule: 'throttles', limits: [percent('throttles')] },
  { kind: 'lambda', rule: 'memoryHigh', limits: [percent('memoryHigh')] },
  { kind: 'lambda', rule: 'durationHigh', limits: [percent('durationHigh')] },
  { kind: 'lambda', rule: 'coldStarts', limits: [percent('coldStarts')] },
  { kind: 'lambda', rule: 'memoryLow', limits: [percent('memoryLow')] },
  { kind: 'glue', rule: 'failures', limits: [] },
  { kind: 'glue', rule: 'heapHigh', limits: [percent('glueHeapHigh')] },
  { kind: 'apigateway', rule: 'errors5xx', limits: [percent('apiErrorRate5xx')] },
  { kind: 'apigateway', rule: 'errors4xx', limits: [percent('apiErrorRate4xx')] },
  { kind: 'apigateway', rule: 'latencyHigh', limits: [{ name: 'apiLatencyP99Ms', unit: 'Milliseconds' }] },
  { kind: 's3', rule: 'growth', limits: [percent('bucketGrowth')] },
  { kind: 's3', rule: 'errors', limits: [] },
];

/** What the server starts with. */
export const defaultThresholds: Thresholds = {
  errorRateWarn: 1,
  errorRateCritical: 10,
  memoryHigh: 95,
  durationHigh: 95,
  coldStarts: 1,
  throttles: 10,
  memoryLow: 10,
  glueHeapHigh: 90,
  apiErrorRate5xx: 1,
  apiErrorRate4xx: 10,
  apiLatencyP99Ms: 5000,
  bucketGrowth: 25,
};

type Part = 'name' | 'text' | 'advice' | 'means';

/** The message key of a rule's part; null for a rule this UI does not know yet. */
export function ruleKey(kind: FleetKind, rule: string, part: Part): MessageKey | null {
  return rules.some((r) => r.kind === kind && r.rule === rule) ? (`rule.${kind}.${rule}.${part}` as MessageKey) : null;
}

/** The rule's name in words, or its own name when it is unknown. */
export function ruleName(kind: FleetKind, rule: string, t: Translate): string {
  const key = ruleKey(kind, rule, 'name');
  return key ? t(key) : rule;
}

/** Formats a number of the evidence by what its name says of its unit. */
export function evidenceText(name: string, value: unknown, format: Formatter): string {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value !== 'number') return format.count(null);
  if (name.endsWith('MB')) return format.value(value, 'Megabytes');
  if (name.endsWith('Pct')) return format.percent(value);
  if (name.endsWith('Bytes')) return format.bytes(value);
  if (name.endsWith('Ms') || /^(duration|latency|init|integrationLatency)/.test(name)) return format.duration(value);
  return format.count(value);
}

/** The parameters of a rule's sentence. */
export function warningParams(warning: Warning, t: Translate, format: Formatter): Params {
  const params: Params = {
    value: format.value(warning.value, warning.unit),
    threshold: format.value(warning.threshold, warning.unit),
  };
  for (const [name, value] of Object.entries(warning.evidence)) {
    params[name] = name === 'lastRunState' && typeof value === 'string' ? runStateText(value, t) : evidenceText(name, value, format);
  }
  // A run that left no text needs no dash.
  if (!warning.evidence['lastError']) params['lastError'] = '';
  return params;
}

export interface WarningWords {
  name: string;
  text: string;
  advice: string;
}

/** When it was so: since a moment, from one to another, all through the range; and how often before. */
export function sinceText(warning: Warning, fleet: Fleet, t: Translate, format: Formatter): string {
  if (warning.since === null) return '';
  const times = { time: format.time(warning.since), ago: format.ago(warning.until ?? warning.since, fleet.now) };
  const newest = warning.until !== null ? t('problems.between', { ...times, until: format.time(warning.until) }) : fromTheStart(warning, fleet) ? t('problems.always') : t('problems.since', times);
  return warning.stretches > 1 && warning.first !== null ? `${newest}${t('problems.before', { n: warning.stretches - 1, first: format.time(warning.first) })}` : newest;
}

/** A warning as people say it. */
export function warningWords(kind: FleetKind, warning: Warning, t: Translate, format: Formatter): WarningWords {
  const params = warningParams(warning, t, format);
  const text = ruleKey(kind, warning.rule, 'text');
  const advice = ruleKey(kind, warning.rule, 'advice');
  const fallback = Object.entries(warning.evidence).map(([name, value]) => `${name} ${evidenceText(name, value, format)}`);
  return {
    name: ruleName(kind, warning.rule, t),
    text: text ? t(text, params).replace(/\{\w+\}/g, absent).trim() : [params['value'], ...fallback].join(', '),
    advice: advice ? t(advice, params) : '',
  };
}
