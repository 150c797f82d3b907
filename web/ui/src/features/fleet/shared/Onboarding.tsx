// The page of a fleet that has nothing yet: how to send something.
import { useSession } from '@/api/hooks';
import type { FleetKind } from '@/api/types';
import { AppLink } from '@/components/AppLink';
import { EmptyState } from '@/components/EmptyState';
import { useT } from '@/lib/i18n';
import { useScope } from '@/lib/scope';

const namespaces: Record<FleetKind, string> = { lambda: 'AWS/Lambda', glue: 'Glue', apigateway: 'AWS/ApiGateway', s3: 'AWS/S3' };

const samples: Record<FleetKind, { metric: string; dimension: string; value: string }> = {
  lambda: { metric: 'Invocations', dimension: 'FunctionName', value: 'my-function' },
  glue: { metric: 'glue.driver.aggregate.bytesRead', dimension: 'JobName', value: 'my-job' },
  apigateway: { metric: 'Count', dimension: 'ApiName', value: 'my-api' },
  s3: { metric: 'AllRequests', dimension: 'BucketName', value: 'my-bucket' },
};

export function Onboarding({ kind }: { kind: FleetKind }) {
  const t = useT();
  const session = useSession().data;
  const scope = useScope();
  const shownScope = scope ?? `${session?.account ?? '000000000000'}/us-east-1`;
  const region = shownScope.split('/')[1] ?? 'us-east-1';
  const { metric, dimension, value } = samples[kind];
  const address = window.location.origin;
  const boto = `import boto3
cloudwatch = boto3.client("cloudwatch", endpoint_url="${address}", region_name="${region}")
cloudwatch.put_metric_data(
    Namespace="${namespaces[kind]}",
    MetricData=[{"MetricName": "${metric}", "Value": 1, "Unit": "Count",
                 "Dimensions": [{"Name": "${dimension}", "Value": "${value}"}]}])`;
  const cli = `export AWS_ENDPOINT_URL=${address} AWS_REGION=${region}
aws cloudwatch list-metrics
aws logs describe-log-groups`;
  return (
    <EmptyState
      reason={t(`fleet.empty.${kind}`)}
      actions={
        <>
          <AppLink to="/graph">{t('fleet.empty.metrics')}</AppLink>
          <AppLink to="/logs">{t('fleet.empty.logs')}</AppLink>
        </>
      }
    >
      {session?.demo?.phase === 'backfill' ? <p>{t('fleet.empty.filling')}</p> : null}
      <p>{t('fleet.empty.how', { namespace: namespaces[kind] })}</p>
      <pre className="sw-code" tabIndex={0}>{boto}</pre>
      <pre className="sw-code" tabIndex={0}>{cli}</pre>
      {(session?.scopes.length ?? 0) > 1 ? <p>{t('fleet.empty.scope', { scope: shownScope })}</p> : null}
    </EmptyState>
  );
}
