import { PageTitle } from '@/components/PageTitle';
import { useT } from '@/lib/i18n';

export default function MetricsPage() {
  const t = useT();
  return <PageTitle title={t('metrics.title')} />;
}
