// Beside the chart: statistic, period, what gaps look like, how it is drawn.
import { Segments } from '@/components/Segments';
import { useFormat, useT } from '@/lib/i18n';
import { gapChoices, styles } from './graph';
import { PeriodSelect } from './PeriodSelect';
import { StatSelect } from './StatSelect';
import type { Graph, GraphActions } from './useGraph';

/** autoPeriod: what automatic means now, seconds. */
export function GraphControls({ graph, actions, autoPeriod }: { graph: Graph; actions: GraphActions; autoPeriod: number | null }) {
  const t = useT();
  const format = useFormat();
  const auto = autoPeriod === null ? t('metrics.period.auto') : t('metrics.period.autoNow', { period: format.duration(autoPeriod * 1000) });
  return (
    <div className="sw-graph-controls">
      <label>
        <span>{t('metrics.stat')}</span>
        <StatSelect label={t('metrics.stat.page')} value={graph.stat} onChange={(stat) => stat && actions.setStat(stat)} />
      </label>
      <label>
        <span>{t('metrics.period')}</span>
        <PeriodSelect label={t('metrics.period.page')} value={graph.period} none={auto} onChange={actions.setPeriod} />
      </label>
      <div title={t('metrics.gaps.title')}>
        <span>{t('metrics.gaps')}</span>
        <Segments label={t('metrics.gaps.title')} value={graph.gaps} options={gapChoices.map((value) => ({ value, label: t(`metrics.gaps.${value}`) }))} onChange={actions.setGaps} />
      </div>
      <div>
        <span>{t('metrics.style')}</span>
        <Segments label={t('metrics.style')} value={graph.style} options={styles.map((value) => ({ value, label: t(`metrics.style.${value}`) }))} onChange={actions.setStyle} />
      </div>
    </div>
  );
}
