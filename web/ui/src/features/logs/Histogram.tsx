// All events of the chosen groups over the range, whatever the query keeps of
// them. Dragging chooses the range.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useApi } from '@/api/hooks';
import type { LogGroups, LogHistogram } from '@/api/types';
import { TimeChart } from '@/components/chart/TimeChart';
import { useFormat, useT } from '@/lib/i18n';
import { useTimeRange } from '@/lib/rangeState';
import { batches } from './pick/groups';

const points = 120;
const perCall = 50; // groups that one question takes
const mostGroups = 500;

interface Summed {
  start: number;
  end: number;
  /** Start of the first bucket. */
  first: number;
  period: number;
  counts: number[];
  total: number;
  /** How many groups were counted, and of how many. */
  counted: number;
  of: number;
}

/** prefixes: of the query's SOURCE; they stand instead of groups. */
export function Histogram({ groups, prefixes }: { groups: readonly string[]; prefixes: readonly string[] | null }) {
  const t = useT();
  const format = useFormat();
  const { ui, scope } = useApi();
  const { text, resolve } = useTimeRange();
  const query = useQuery({
    queryKey: ['log-histogram', scope, text, groups, prefixes],
    enabled: groups.length > 0 || prefixes !== null,
    queryFn: async ({ signal }): Promise<Summed> => {
      let names = [...groups];
      let of = names.length;
      if (prefixes !== null) {
        const lists = await Promise.all((prefixes.length > 0 ? prefixes : ['']).map((p) => ui<LogGroups>('loggroups', { signal, params: { pattern: `${p}*`, limit: mostGroups } })));
        names = [...new Set(lists.flatMap((l) => l.groups.map((g) => g.name)))].slice(0, mostGroups);
        of = Math.max(names.length, lists.reduce((sum, l) => sum + l.matched, 0));
      }
      const { start, end } = resolve();
      const params = { start: Math.floor(start), end: Math.ceil(end), points };
      const parts = await Promise.all(batches(names, perCall).map((group) => ui<LogHistogram>('logs/histogram', { signal, params: { ...params, group } })));
      const counts = parts.reduce<number[]>((sum, part) => part.counts.map((n, i) => n + (sum[i] ?? 0)), []);
      return { start, end, first: parts[0]?.start ?? start, period: parts[0]?.period ?? 60_000, counts, total: parts.reduce((sum, p) => sum + p.total, 0), counted: names.length, of };
    },
    placeholderData: keepPreviousData,
    retry: false,
  });
  const data = query.data;
  // The query itself says what is wrong with the groups.
  if (!data || query.isError || data.counts.length === 0) return null;
  return (
    <section className="sw-panel sw-histogram" aria-label={t('logs.histogram')}>
      <div className="sw-row">
        <span>{t('logs.histogram.total', { n: format.exact(data.total), groups: format.exact(data.counted) })}</span>
        {data.of > data.counted ? <span className="sw-secondary">{t('logs.histogram.some', { n: format.exact(data.counted), of: format.exact(data.of) })}</span> : null}
        <span className="sw-secondary sw-page-actions">{t('chart.zoomHint')}</span>
      </div>
      <TimeChart
        title={t('logs.histogram')}
        times={data.counts.map((_n, i) => data.first + i * data.period)}
        series={[{ id: 'events', label: t('logs.histogram.events'), values: data.counts, kind: 'bars' }]}
        start={data.start}
        end={data.end}
        unit="Count"
        height={96}
        legend={false}
        syncKey="logs"
      />
    </section>
  );
}
