// Reading a resource's numbers, which may be absent, and its standing.
import type { FleetValue, Resource, Severity } from '@/api/types';
import type { Status } from '@/components/StatusBadge';

/** A numeric value of a resource, null when absent. */
export function num(resource: Resource, name: string): number | null {
  const value = resource.values[name];
  return typeof value === 'number' ? value : null;
}

export function text(resource: Resource, name: string): string | null {
  const value = resource.values[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function attribute(resource: Resource, name: string): string | number | null {
  const value = resource.attributes[name];
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

const severityOrder: Severity[] = ['critical', 'warning', 'info'];

/** 0 is critical; lower is worse. */
export function severityRank(severity: Severity): number {
  return severityOrder.indexOf(severity);
}

/** The worst warning's severity; "none" when the resource had no data in the range. */
export function statusOf(resource: Resource, traffic: string): Status {
  const worst = resource.warnings[0]?.severity;
  if (worst) return worst;
  return num(resource, traffic) === null ? 'none' : 'ok';
}

const statusOrder: Status[] = ['critical', 'warning', 'info', 'ok', 'none'];

/** For sorting by status: larger is worse. */
export function statusWeight(status: Status): number {
  return statusOrder.length - statusOrder.indexOf(status);
}

/** A total as a number; totals of another shape are absent. */
export function total(value: FleetValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
