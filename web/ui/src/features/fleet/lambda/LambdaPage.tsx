// One Lambda function: what is wrong, its charts, its last errors, its log.
import { useCallback } from 'react';
import { useParams } from 'wouter';
import type { Resource } from '@/api/types';
import { useFormat, useT } from '@/lib/i18n';
import { ChartGrid } from '../shared/ChartGrid';
import { LastErrors } from '../shared/log/LastErrors';
import { LogTail } from '../shared/log/LogTail';
import { ResourcePage } from '../shared/ResourcePage';
import { useCharts } from '../shared/useCharts';
import { attribute, num } from '../shared/values';
import { lambdaCharts, lambdaQueries } from './charts';

export default function LambdaPage() {
  const name = useParams()['name'] ?? '';
  return <FunctionPage key={name} name={name} />; // nothing of one function stays for the next
}

function FunctionPage({ name }: { name: string }) {
  const t = useT();
  const format = useFormat();
  const query = useCharts({ key: ['lambda', name], queries: useCallback((period: number) => lambdaQueries(name, period), [name]) });
  const facts = (r: Resource) => [
    { label: t('attr.runtime'), value: attribute(r, 'runtime')?.toString() ?? null },
    { label: t('attr.memoryMB'), value: num(r, 'memoryMB') === null ? null : format.value(num(r, 'memoryMB'), 'Megabytes') },
    { label: t('attr.timeoutMs'), value: num(r, 'timeoutMs') === null ? null : format.duration(num(r, 'timeoutMs')) },
    { label: t('col.cost'), value: num(r, 'costUSD') === null ? null : format.money(num(r, 'costUSD')) },
  ];
  return (
    <ResourcePage kind="lambda" path="/lambda" name={name} facts={facts}>
      {(resource) => {
        const own = resource ? attribute(resource, 'logGroup') : null;
        const group = typeof own === 'string' ? own : `/aws/lambda/${name}`;
        return (
          <>
            <ChartGrid query={query} charts={(data) => lambdaCharts(data, resource, t, format)} />
            <LastErrors group={group} />
            <LogTail group={group} />
          </>
        );
      }}
    </ResourcePage>
  );
}
