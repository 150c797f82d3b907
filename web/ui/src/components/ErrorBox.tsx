// A failed call, in the server's words, with the next step.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { ApiError } from '@/api/client';
import { type MessageKey, useT } from '@/lib/i18n';

/** What happened, where the name of the call would say less. */
const titles: [RegExp, MessageKey][] = [
  [/^Network$/, 'error.title.Network'],
  [/^MalformedQueryException$/, 'error.title.MalformedQuery'],
  [/^Query(Failed|Timeout)$/, 'error.title.QueryFailed'],
];

const hints: [RegExp, MessageKey][] = [
  [/^Network$/, 'error.hint.Network'],
  [/AccessDenied|Unauthorized|UnrecognizedClient|SignatureDoesNotMatch|IncompleteSignature|MissingAuthentication/, 'error.hint.AccessDenied'],
  [/Throttl|LimitExceeded/, 'error.hint.Throttling'],
];

interface ErrorBoxProps {
  error: unknown;
  onRetry?: () => void;
  /** Another next step, where trying again is of no use. */
  action?: { label: string; onClick: () => void };
}

export function ErrorBox({ error, onRetry, action }: ErrorBoxProps) {
  const t = useT();
  const operation = error instanceof ApiError ? error.operation : '';
  const code = error instanceof ApiError ? error.code : '';
  const hint = hints.find(([pattern]) => pattern.test(code))?.[1];
  const title = titles.find(([pattern]) => pattern.test(code))?.[1];
  const message = error instanceof Error ? error.message : String(error);
  return (
    <Alert
      type="error"
      header={title ? t(title) : operation ? t('error.title', { operation }) : undefined}
      action={onRetry ? <Button onClick={onRetry}>{t('error.retry')}</Button> : action ? <Button onClick={action.onClick}>{action.label}</Button> : undefined}
    >
      <span className="sw-mono">
        {code === 'Network' ? `${operation}: ` : code && !title ? `${code}: ` : ''}
        {message}
      </span>
      {hint ? <div>{t(hint)}</div> : null}
    </Alert>
  );
}
