// All Glue jobs.
import { useMemo } from 'react';
import { useFormat, useT } from '@/lib/i18n';
import { ruleFacet, severityFacet, valueFacet } from '../shared/facets';
import { FleetPage, type FleetView } from '../shared/FleetPage';
import { glueCard, glueColumns, glueStats } from './columns';

const facets = [severityFacet('glue'), ruleFacet, valueFacet('state', 'lastRunState')];

export default function GlueFleetPage() {
  const t = useT();
  const format = useFormat();
  const view = useMemo<FleetView>(
    () => ({ kind: 'glue', path: '/glue', columns: glueColumns(t, format), facets, stats: (fleet) => glueStats(fleet, t, format), card: glueCard(t, format) }),
    [t, format],
  );
  return <FleetPage view={view} />;
}
