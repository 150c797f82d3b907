// How many resources have which worst severity; a click filters the table.
import type { Fleet, Severity } from '@/api/types';
import { Stat } from '@/components/Stat';
import { useFormat, useT } from '@/lib/i18n';
import { setSearch } from '@/lib/urlstate';
import { countSeverities } from './problems';

export function SeverityStats({ fleet }: { fleet: Fleet }) {
  const t = useT();
  const format = useFormat();
  const counts = countSeverities(fleet);
  const shown: Severity[] = counts.info > 0 ? ['critical', 'warning', 'info'] : ['critical', 'warning'];
  return shown.map((severity) => (
    <Stat
      key={severity}
      label={t(`stat.${severity}`)}
      status={counts[severity] > 0 ? severity : 'none'}
      value={
        <button
          type="button"
          className="sw-plain-button sw-stat-button"
          aria-label={`${t(`stat.${severity}`)}: ${counts[severity]}`}
          onClick={() => setSearch({ sev: severity }, { replace: true })}
        >
          {format.count(counts[severity])}
        </button>
      }
    />
  ));
}
