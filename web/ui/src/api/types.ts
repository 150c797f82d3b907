// The shapes of docs/ui-api.md. Times are milliseconds since the epoch, absent
// numbers are null.

export interface ScopeInfo {
  account: string;
  region: string;
  series: number;
  groups: number;
}

export interface DemoState {
  active: boolean;
  phase: 'backfill' | 'live';
  /** 0 to 1 */
  done: number;
  from: number;
  message: string;
}

export interface Session {
  version: string;
  account: string;
  authRequired: boolean;
  signedIn: boolean;
  scopes: ScopeInfo[];
  now: number;
  demo: DemoState | null;
}

export type FleetKind = 'lambda' | 'glue' | 'apigateway' | 's3';
export type Severity = 'critical' | 'warning' | 'info';

export interface Warning {
  rule: string;
  severity: Severity;
  value: number | null;
  threshold: number | null;
  unit: string;
  /** When the newest stretch of periods that break the rule began; null when none does by itself. */
  since: number | null;
  /** When it ended; null while it lasts. */
  until: number | null;
  /** When the first of the stretches within the range began. */
  first: number | null;
  stretches: number;
  evidence: Record<string, unknown>;
}

export type FleetValue = number | string | null | Record<string, number>;

export interface Resource {
  name: string;
  firstSeen: number | null;
  lastSeen: number | null;
  attributes: Record<string, unknown>;
  values: Record<string, FleetValue | undefined>;
  spark: Record<string, (number | null)[] | undefined>;
  warnings: Warning[];
}

export type Thresholds = Record<string, number>;

export interface Fleet {
  kind: FleetKind;
  start: number;
  end: number;
  /** milliseconds of one spark point */
  period: number;
  /** s3 only: milliseconds of one spark point over the last 14 days */
  sparkPeriod?: number;
  now: number;
  elapsedMs: number;
  thresholds: Thresholds;
  resources: Resource[];
  totals: Record<string, FleetValue | undefined>;
}

export interface LogGroupInfo {
  name: string;
  bytes: number;
  events: number;
  firstEvent: number | null;
  lastEvent: number | null;
  retentionDays: number | null;
  created: number | null;
}

export interface LogGroups {
  total: number;
  matched: number;
  groups: LogGroupInfo[];
}

export interface MetricsTree {
  namespaces: {
    name: string;
    series: number;
    metrics: { name: string; unit: string; series: number; dimensionSets: string[][] }[];
  }[];
}

export interface Dimension {
  name: string;
  value: string;
}

export interface MetricSeriesInfo {
  namespace: string;
  metric: string;
  unit: string;
  dimensions: Dimension[];
  lastData: number | null;
}

export interface MetricSeriesList {
  total: number;
  matched: number;
  series: MetricSeriesInfo[];
}
