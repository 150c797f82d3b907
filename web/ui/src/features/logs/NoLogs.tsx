// No log group exists yet: how to send something.
import { useSession } from '@/api/hooks';
import { EmptyState } from '@/components/EmptyState';
import { useT } from '@/lib/i18n';
import { useScope } from '@/lib/scope';

export function NoLogs() {
  const t = useT();
  const session = useSession().data;
  const region = useScope()?.split('/')[1] ?? 'us-east-1';
  const sample = `export AWS_ENDPOINT_URL=${window.location.origin} AWS_REGION=${region}
aws logs create-log-group --log-group-name /my/app
aws logs create-log-stream --log-group-name /my/app --log-stream-name main
aws logs put-log-events --log-group-name /my/app --log-stream-name main \\
  --log-events timestamp=$(date +%s000),message="hello"`;
  return (
    <EmptyState reason={t('logs.none')}>
      {session?.demo?.phase === 'backfill' ? <p>{t('logs.none.filling')}</p> : null}
      <p>{t('logs.none.how')}</p>
      <pre className="sw-logs-snippet" tabIndex={0}>
        {sample}
      </pre>
    </EmptyState>
  );
}
