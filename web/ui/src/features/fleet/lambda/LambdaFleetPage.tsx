// All Lambda functions: the first screen.
import { useMemo } from 'react';
import { useFormat, useT } from '@/lib/i18n';
import { attributeFacet, ruleFacet, severityFacet } from '../shared/facets';
import { FleetPage, type FleetView } from '../shared/FleetPage';
import { lambdaCard, lambdaColumns, lambdaStats } from './columns';

const facets = [severityFacet('lambda'), ruleFacet, attributeFacet('rt', 'runtime')];

export default function LambdaFleetPage() {
  const t = useT();
  const format = useFormat();
  const view = useMemo<FleetView>(
    () => ({
      kind: 'lambda',
      path: '/lambda',
      columns: lambdaColumns(t, format),
      facets,
      stats: (fleet) => lambdaStats(fleet, t, format),
      card: lambdaCard(t, format),
    }),
    [t, format],
  );
  return <FleetPage view={view} />;
}
