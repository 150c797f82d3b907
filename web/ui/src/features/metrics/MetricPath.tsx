// Where the search looks (namespace, metric), and what can be chosen next.
import type { MetricsTree } from '@/api/types';
import { useFormat, useT } from '@/lib/i18n';
import { setSearch, useUrlState } from '@/lib/urlstate';

/** browsing: nothing is searched for, so the next level is listed. */
export function MetricPath({ tree, browsing }: { tree: MetricsTree; browsing: boolean }) {
  const t = useT();
  const format = useFormat();
  const [namespace] = useUrlState('ns');
  const [metric] = useUrlState('metric');
  const found = tree.namespaces.find((n) => n.name === namespace);
  const total = tree.namespaces.reduce((sum, n) => sum + n.series, 0);
  return (
    <>
      {namespace ? (
        <nav className="sw-picker-path" aria-label={t('metrics.find.path')}>
          <button type="button" className="sw-plain-button" onClick={() => setSearch({ ns: null, metric: null })}>
            {t('metrics.find.allNamespaces')}
          </button>
          <span aria-hidden="true">›</span>
          {metric ? (
            <>
              <button type="button" className="sw-plain-button" onClick={() => setSearch({ metric: null })}>
                {namespace}
              </button>
              <span aria-hidden="true">›</span>
              <b>{metric}</b>
            </>
          ) : (
            <b>{namespace}</b>
          )}
        </nav>
      ) : null}
      {browsing ? (
        <ul className="sw-picker-tree" aria-label={namespace ? t('metrics.find.metricsOf', { namespace }) : t('metrics.find.namespaces')}>
          {found
            ? found.metrics.map((m) => (
                <li key={m.name}>
                  <button type="button" onClick={() => setSearch({ metric: m.name })} title={m.dimensionSets.map((set) => set.join(', ') || t('metrics.find.noDimensions')).join('\n')}>
                    <b>{m.name}</b>
                    <small>
                      {t('metrics.find.series', { n: format.exact(m.series) })}
                      {m.unit && m.unit !== 'None' ? ` · ${m.unit}` : ''}
                    </small>
                  </button>
                </li>
              ))
            : tree.namespaces.map((n) => (
                <li key={n.name}>
                  <button type="button" onClick={() => setSearch({ ns: n.name })} title={`${format.exact(n.series)} / ${format.exact(total)}`}>
                    <b>{n.name}</b>
                    <small>{t('metrics.find.series', { n: format.exact(n.series) })}</small>
                  </button>
                </li>
              ))}
        </ul>
      ) : null}
    </>
  );
}
