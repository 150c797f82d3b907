import { PageTitle } from '@/components/PageTitle';
import { useT } from '@/lib/i18n';

export default function LogsPage() {
  const t = useT();
  return <PageTitle title={t('logs.title')} />;
}
