// An empty graph page: one click draws a telling metric of each namespace.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '@/api/hooks';
import type { MetricSeriesList, MetricsTree } from '@/api/types';
import { ErrorBox } from '@/components/ErrorBox';
import { useT } from '@/lib/i18n';
import { mostDrawn, type Start, startGroups, startSeries } from './starts';
import type { GraphActions } from './useGraph';

export function StartGraphs({ tree, actions }: { tree: MetricsTree; actions: GraphActions }) {
  const t = useT();
  const { ui, scope } = useApi();
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const draw = async (namespace: string, start: Start) => {
    setError(null);
    try {
      const params = { namespace, metric: start.metric, limit: 2000 };
      const list = await client.fetchQuery({ queryKey: ['metric-series', scope, params], queryFn: ({ signal }) => ui<MetricSeriesList>('metrics/series', { signal, params }), staleTime: 60_000 });
      actions.add(startSeries(start, list.series));
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <section aria-labelledby="sw-metric-start" className="sw-metric-start">
      <h2 id="sw-metric-start">{t('metrics.start')}</h2>
      <p className="sw-secondary">{t('metrics.start.how', { n: mostDrawn })}</p>
      {error ? <ErrorBox error={error} /> : null}
      <div className="sw-metric-cards">
        {startGroups(tree).map((group) => (
          <div key={group.namespace} className="sw-panel">
            <h3>{group.namespace}</h3>
            <ul>
              {group.starts.map((start) => (
                <li key={start.metric}>
                  <button type="button" className="sw-plain-button" onClick={() => void draw(group.namespace, start)}>
                    {start.metric}
                  </button>{' '}
                  <small className="sw-secondary">
                    {start.stat} · {start.by.length === 0 ? t('metrics.start.together') : t('metrics.start.by', { dimensions: start.by.join(', ') })}
                  </small>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}
