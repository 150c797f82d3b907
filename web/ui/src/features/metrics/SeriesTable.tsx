// The chosen series: colour, name, own statistic and period, what its
// datapoints say, hide, duplicate, remove.
import { Glyph } from '@/components/Glyph';
import { useFormat, useT } from '@/lib/i18n';
import { chartToken } from '@/lib/tokens';
import { colorOf, fullName, statUnit, summarise } from './graph';
import { PeriodSelect } from './PeriodSelect';
import { StatSelect } from './StatSelect';
import type { Graph, GraphActions } from './useGraph';
import type { GraphData } from './useGraphData';

interface SeriesTableProps {
  graph: Graph;
  actions: GraphActions;
  /** Absent while it loads for the first time. */
  data: GraphData | undefined;
  labels: readonly string[];
  units: readonly string[];
}

const figures = ['min', 'avg', 'max', 'last', 'sum'] as const;

export function SeriesTable({ graph, actions, data, labels, units }: SeriesTableProps) {
  const t = useT();
  return (
    <div className="sw-series-scroll" role="region" aria-label={t('metrics.series.title')} tabIndex={0}>
      <table className="sw-series">
        <thead>
          <tr>
            <th scope="col">{t('metrics.series.label')}</th>
            <th scope="col">{t('metrics.stat')}</th>
            <th scope="col">{t('metrics.period')}</th>
            {figures.map((f) => (
              <th key={f} scope="col" className="sw-number">
                {t(`metrics.series.${f}`)}
              </th>
            ))}
            <th scope="col">
              <span className="sw-visually-hidden">{t('metrics.series.actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {graph.series.map((_s, at) => (
            <SeriesRow key={at} at={at} graph={graph} actions={actions} data={data} label={labels[at] ?? ''} unit={units[at] ?? 'None'} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface SeriesRowProps {
  at: number;
  graph: Graph;
  actions: GraphActions;
  data: GraphData | undefined;
  label: string;
  unit: string;
}

function SeriesRow({ at, graph, actions, data, label, unit: metricUnit }: SeriesRowProps) {
  const t = useT();
  const format = useFormat();
  const s = graph.series[at];
  if (!s) return null;
  const stat = s.stat ?? graph.stat;
  const unit = statUnit(stat, metricUnit);
  const summary = summarise(data?.points[at], data?.interval ?? { start: 0, end: 0 });
  const toggle = t(s.hidden ? 'metrics.series.show' : 'metrics.series.hide', { series: label });
  return (
    <tr className={s.hidden ? 'sw-series-hidden' : undefined}>
      <th scope="row">
        <div className="sw-series-name">
          <button
            type="button"
            className="sw-swatch"
            aria-pressed={!s.hidden}
            aria-label={toggle}
            title={toggle}
            style={{ '--swatch': `var(--sw-${chartToken(colorOf(s, at))})` } as React.CSSProperties}
            onClick={(event) => (event.altKey ? actions.onlyAt(at) : actions.changeAt(at, { hidden: !s.hidden }))}
            onDoubleClick={() => actions.onlyAt(at)}
          />
          <span title={fullName(s, graph.stat)}>
            {label}
            <small>{[s.namespace, s.metric, ...s.dimensions.map((d) => `${d.name}=${d.value}`)].join(' · ')}</small>
          </span>
        </div>
      </th>
      <td>
        <StatSelect label={t('metrics.stat.of', { series: label })} value={s.stat ?? null} inherited={graph.stat} onChange={(next) => actions.changeAt(at, { stat: next ?? undefined })} />
      </td>
      <td>
        <PeriodSelect label={t('metrics.period.of', { series: label })} value={s.period ?? null} none={t('metrics.period.inherit')} onChange={(next) => actions.changeAt(at, { period: next ?? undefined })} />
      </td>
      {summary.count === 0 ? (
        <td colSpan={figures.length} className="sw-secondary sw-series-none">
          {data ? t('metrics.series.noPoints') : ''}
        </td>
      ) : (
        figures.map((f) => (
          <td key={f} className="sw-number" data-label={t(`metrics.series.${f}`)} title={f === 'last' ? format.time(summary.lastTime) : format.exact(summary[f])}>
            {format.value(summary[f], unit)}
          </td>
        ))
      )}
      <td className="sw-series-actions">
        <button type="button" className="sw-icon-button" aria-label={t('metrics.series.duplicate', { series: label })} title={t('metrics.series.duplicate', { series: label })} onClick={() => actions.duplicateAt(at)}>
          <Glyph name="copy" />
        </button>
        <button type="button" className="sw-icon-button" aria-label={t('metrics.series.remove', { series: label })} title={t('metrics.series.remove', { series: label })} onClick={() => actions.removeAt(at)}>
          <Glyph name="close" />
        </button>
      </td>
    </tr>
  );
}
