// Nothing has been sent yet: how to send something.
import { useSession } from '@/api/hooks';
import { EmptyState } from '@/components/EmptyState';
import { useT } from '@/lib/i18n';
import { useScope } from '@/lib/scope';

export function NoMetrics() {
  const t = useT();
  const session = useSession().data;
  const region = useScope()?.split('/')[1] ?? 'us-east-1';
  const sample = `import boto3
cloudwatch = boto3.client("cloudwatch", endpoint_url="${window.location.origin}", region_name="${region}")
cloudwatch.put_metric_data(
    Namespace="CUSTOM-METRIC",
    MetricData=[{"MetricName": "LambdaMemoryUsage", "Value": 128, "Unit": "Megabytes",
                 "Dimensions": [{"Name": "LambdaName", "Value": "my-function"}]}])`;
  return (
    <EmptyState reason={t('metrics.none')}>
      {session?.demo?.phase === 'backfill' ? <p>{t('metrics.none.filling')}</p> : null}
      <p>{t('metrics.none.how')}</p>
      <pre className="sw-snippet" tabIndex={0}>{sample}</pre>
    </EmptyState>
  );
}
