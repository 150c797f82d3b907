// One API.
import { useParams } from 'wouter';
import type { Resource } from '@/api/types';
import { useT } from '@/lib/i18n';
import { ChartGrid } from '../shared/ChartGrid';
import { AccessLog } from '../shared/log/AccessLog';
import { ResourcePage } from '../shared/ResourcePage';
import { useCharts } from '../shared/useCharts';
import { attribute } from '../shared/values';
import { apiCharts, apiQueries } from './charts';

export default function ApiPage() {
  const name = useParams()['name'] ?? '';
  return <OneApi key={name} name={name} />;
}

/** Statuses are texts or numbers, as the API's log format has them. */
const choices = [
  { label: '5xx', pattern: '{ ($.status = "5*") || ($.status >= 500) }' },
  { label: '4xx', pattern: '{ ($.status = "4*") || ($.status >= 400 && $.status < 500) }' },
];

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
      {() => (
        <>
          <ChartGrid query={query} charts={(data) => apiCharts(data, t)} />
          <AccessLog name={name} how={t('log.noAccess.api')} choices={choices} />
        </>
      )}
    </ResourcePage>
  );
}
