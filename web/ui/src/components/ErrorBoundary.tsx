// A page that throws shows its error in place; the shell stays.
import Alert from '@cloudscape-design/components/alert';
import { Component, type ReactNode } from 'react';
import { useT } from '@/lib/i18n';

interface Props {
  children: ReactNode;
  /** A new value clears the error: the page's path. */
  resetKey: string;
}

export class ErrorBoundary extends Component<Props, { error: unknown; key: string }> {
  override state = { error: null as unknown, key: this.props.resetKey };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: { error: unknown; key: string }) {
    return props.resetKey === state.key ? null : { error: null, key: props.resetKey };
  }

  override render() {
    return this.state.error ? <Broken error={this.state.error} /> : this.props.children;
  }
}

function Broken({ error }: { error: unknown }) {
  const t = useT();
  return (
    <Alert type="error" header={t('error.page')}>
      <p>{t('error.pageHint')}</p>
      <pre style={{ whiteSpace: 'pre-wrap' }}>{error instanceof Error ? (error.stack ?? error.message) : String(error)}</pre>
    </Alert>
  );
}
