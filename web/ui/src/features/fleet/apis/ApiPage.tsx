// One API.
import { useParams } from 'wouter';
import type { Resource } from '@/api/types';
import { useT } from '@/lib/i18n';
import { ChartGrid } from '../shared/ChartGrid';
import { ResourcePage } from '../shared/ResourcePage';
import { useCharts } from '../shared/useCharts';
import { attribute } from '../shared/values';
import { apiCharts, apiQueries } from './charts';

export default function ApiPage() {
  const name = useParams()['name'] ?? '';
  return <OneApi key={name} name={name} />;
}

function OneApi({ name }: { name: string }) {
  const t = useT();
  const index = [
    { name: 'ApiName', value: name },
    { name: 'ApiId', value: name },
  ];
  const query = useCharts({ key: ['apigateway', name], index, queries: apiQueries });
  const facts = (r: Resource) => [{ label: t('attr.type'), value: attribute(r, 'type')?.toString() ?? null }];
  return (
    <ResourcePage kind="apigateway" path="/apis" name={name} facts={facts}>
      {() => <ChartGrid query={query} charts={(data) => apiCharts(data, t)} />}
    </ResourcePage>
  );
}
