// One S3 bucket.
import { useParams } from 'wouter';
import type { Resource } from '@/api/types';
import { useFormat, useT } from '@/lib/i18n';
import { DAY } from '@/lib/timerange';
import { ChartGrid } from '../shared/ChartGrid';
import { AccessLog } from '../shared/log/AccessLog';
import { ResourcePage } from '../shared/ResourcePage';
import { hasValues, columnOf, useCharts } from '../shared/useCharts';
import { num } from '../shared/values';
import { requestCharts, requestQueries, storageCharts, storageQueries } from './charts';
import { signedBytes } from './columns';

export default function BucketPage() {
  const name = useParams()['name'] ?? '';
  return <OneBucket key={name} name={name} />;
}

const storageSpan = 14 * DAY; // sizes come once a day

const fields = 'owner, bucket, time, address, requester, id, operation, key, request';
const choices = [
  { label: '5xx', pattern: `[${fields}, status = 5*, ...]` },
  { label: '4xx', pattern: `[${fields}, status = 4*, ...]` },
  { label: 'PUT, DELETE', pattern: `[owner, bucket, time, address, requester, id, operation = *.PUT.* || operation = *.DELETE.*, ...]` },
];

function OneBucket({ name }: { name: string }) {
  const t = useT();
  const format = useFormat();
  const index = [{ name: 'BucketName', value: name }];
  const storage = useCharts({ key: ['s3', name, 'storage'], index, queries: storageQueries, minPeriod: 86_400, minSpan: storageSpan });
  const requests = useCharts({ key: ['s3', name, 'requests'], index, queries: requestQueries });
  const facts = (r: Resource) => [
    { label: t('attr.size'), value: format.bytes(num(r, 'sizeBytes')) },
    { label: t('stat.objects'), value: format.count(num(r, 'objects')) },
    { label: t('stat.growth7d'), value: `${signedBytes(num(r, 'growth7dBytes'), format)} (${format.percent(num(r, 'growthPct7d'))})` },
    { label: t('col.costMonth'), value: num(r, 'costUSD') === null ? null : format.money(num(r, 'costUSD')) },
  ];
  const silent = requests.data && !hasValues(columnOf(requests.data, 'requests'));
  return (
    <ResourcePage kind="s3" path="/buckets" name={name} facts={facts}>
      {() => (
        <>
          <ChartGrid query={storage} charts={(data) => storageCharts(data, t)} />
          <ChartGrid query={requests} charts={(data) => requestCharts(data, t)} />
          {silent ? <p className="sw-secondary">{t('chart.noRequests')}</p> : null}
          <AccessLog name={name} how={t('log.noAccess.bucket')} choices={choices} />
        </>
      )}
    </ResourcePage>
  );
}
