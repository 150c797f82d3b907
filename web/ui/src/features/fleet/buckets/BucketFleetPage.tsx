// All S3 buckets.
import { useMemo } from 'react';
import { useFormat, useT } from '@/lib/i18n';
import { ruleFacet, severityFacet } from '../shared/facets';
import { FleetPage, type FleetView } from '../shared/FleetPage';
import { bucketCard, bucketColumns, bucketStats } from './columns';

const facets = [severityFacet('s3'), ruleFacet];

export default function BucketFleetPage() {
  const t = useT();
  const format = useFormat();
  const view = useMemo<FleetView>(
    () => ({ kind: 's3', path: '/buckets', columns: bucketColumns(t, format), facets, stats: (fleet) => bucketStats(fleet, t, format), card: bucketCard(t, format) }),
    [t, format],
  );
  return <FleetPage view={view} />;
}
