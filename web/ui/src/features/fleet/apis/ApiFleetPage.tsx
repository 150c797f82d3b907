// All API Gateway APIs.
import { useMemo } from 'react';
import { useFormat, useT } from '@/lib/i18n';
import { ruleFacet, severityFacet } from '../shared/facets';
import { FleetPage, type FleetView } from '../shared/FleetPage';
import { apiCard, apiColumns, apiStats } from './columns';

const facets = [severityFacet('apigateway'), ruleFacet];

export default function ApiFleetPage() {
  const t = useT();
  const format = useFormat();
  const view = useMemo<FleetView>(
    () => ({ kind: 'apigateway', path: '/apis', columns: apiColumns(t, format), facets, stats: (fleet) => apiStats(fleet, t, format), card: apiCard(t, format) }),
    [t, format],
  );
  return <FleetPage view={view} />;
}
