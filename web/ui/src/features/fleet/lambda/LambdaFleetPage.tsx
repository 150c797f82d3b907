import { PageTitle } from '@/components/PageTitle';
import { useT } from '@/lib/i18n';

export default function LambdaFleetPage() {
  const t = useT();
  return <PageTitle title={t('fleet.lambda.title')} />;
}
