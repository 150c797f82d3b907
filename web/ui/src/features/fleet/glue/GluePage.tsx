// One Glue job.
import { useParams } from 'wouter';
import type { Resource } from '@/api/types';
import { serverNow } from '@/lib/clock';
import { useFormat, useT } from '@/lib/i18n';
import { ChartGrid } from '../shared/ChartGrid';
import { runStateText } from '../shared/runState';
import { ResourcePage } from '../shared/ResourcePage';
import { useCharts } from '../shared/useCharts';
import { attribute, num, text } from '../shared/values';
import { glueCharts, glueQueries } from './charts';
import { Runs } from './Runs';

export default function GluePage() {
  const name = useParams()['name'] ?? '';
  return <JobPage key={name} name={name} />;
}

function JobPage({ name }: { name: string }) {
  const t = useT();
  const format = useFormat();
  const query = useCharts({ key: ['glue', name], index: [{ name: 'JobName', value: name }], queries: glueQueries });
  const facts = (r: Resource) => {
    const state = text(r, 'lastRunState');
    const workers = attribute(r, 'numberOfWorkers');
    return [
      { label: t('attr.lastRun'), value: state && `${runStateText(state, t)}, ${format.ago(num(r, 'lastRunAt'), serverNow())}` },
      { label: t('attr.workers'), value: workers === null ? null : `${workers} × ${attribute(r, 'workerType') ?? ''}` },
      { label: t('attr.glueVersion'), value: attribute(r, 'glueVersion')?.toString() ?? null },
      { label: t('attr.timeoutMs'), value: typeof attribute(r, 'timeoutMs') === 'number' ? format.duration(Number(attribute(r, 'timeoutMs'))) : null },
      { label: t('attr.lastError'), value: attribute(r, 'lastError')?.toString() ?? null },
    ];
  };
  return (
    <ResourcePage kind="glue" path="/glue" name={name} facts={facts}>
      {(resource) => (
        <>
          <Runs job={name} />
          <ChartGrid query={query} charts={(data) => glueCharts(data, resource, t, format)} />
        </>
      )}
    </ResourcePage>
  );
}
