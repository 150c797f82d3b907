// The fleet page of one kind: summary, problems, filter, table. What differs
// between kinds comes in as a FleetView.
import { type ReactNode, useMemo } from 'react';
import type { Fleet, FleetKind, Resource } from '@/api/types';
import { EmptyState } from '@/components/EmptyState';
import { ErrorBox } from '@/components/ErrorBox';
import { PageTitle } from '@/components/PageTitle';
import { StatStrip } from '@/components/Stat';
import { type Column, parseSort, sortRows, sortText } from '@/components/table/column';
import { DataTable } from '@/components/table/DataTable';
import { saveFile } from '@/lib/handOut';
import { useT } from '@/lib/i18n';
import { setSearch, useUrlState } from '@/lib/urlstate';
import { ColumnChoice, useColumnChoice } from './ColumnChoice';
import { FacetBar } from './FacetBar';
import { type Facet, filterResources } from './filter';
import { fleetCsv } from './fleetCsv';
import { Onboarding } from './Onboarding';
import { ProblemList } from './ProblemList';
import { SeverityStats } from './SeverityStats';
import { useChoices } from './useChoices';
import { useFleet } from './useFleet';
import './FleetPage.css';

export interface FleetView {
  kind: FleetKind;
  /** The folder of its pages: "/lambda". */
  path: string;
  columns: Column<Resource>[];
  facets: Facet[];
  /** Stats of the summary strip, before those of the severities. */
  stats: (fleet: Fleet) => ReactNode;
  card: (resource: Resource, tabIndex: 0 | -1) => ReactNode;
}

const cardHeight = 96;

export function FleetPage({ view }: { view: FleetView }) {
  const t = useT();
  const query = useFleet(view.kind);
  const fleet = query.data;
  return (
    <div className={`sw-stack ${query.isPlaceholderData ? 'sw-stale' : ''}`} aria-busy={query.isPlaceholderData}>
      <PageTitle title={t(`fleet.${view.kind}.title`)} />
      {query.isError ? <ErrorBox error={query.error} onRetry={() => void query.refetch()} /> : null}
      {fleet ? fleet.resources.length === 0 ? <Onboarding kind={view.kind} /> : <Filled view={view} fleet={fleet} /> : query.isError ? null : <Placeholder />}
    </div>
  );
}

function Filled({ view, fleet }: { view: FleetView; fleet: Fleet }) {
  const t = useT();
  const [text] = useUrlState('q');
  const [sortParam, setSort] = useUrlState('sort');
  const choices = useChoices(view.facets);
  const columns = useColumnChoice(view.kind, view.columns);
  const sort = useMemo(() => parseSort(sortParam), [sortParam]);
  const rows = useMemo(
    () => sortRows(filterResources(fleet.resources, text, view.facets, choices), view.columns, sort),
    [fleet.resources, text, view.facets, view.columns, choices, sort],
  );
  const clear = () => setSearch({ q: null, ...Object.fromEntries(view.facets.map((f) => [f.id, null])) }, { replace: true });
  return (
    <>
      <StatStrip label={t('fleet.summary')}>
        {view.stats(fleet)}
        <SeverityStats fleet={fleet} />
      </StatStrip>
      <ProblemList fleet={fleet} path={view.path} />
      <section className="sw-stack sw-fleet-table" aria-label={t(`fleet.${view.kind}.title`)}>
        <FacetBar kind={view.kind} resources={fleet.resources} facets={view.facets} choices={choices} shown={rows.length} onClear={clear}>
          <button type="button" className="sw-top-button sw-columns-button" disabled={rows.length === 0} title={t('fleet.csv')} onClick={() => saveFile(`${view.kind}.csv`, 'text/csv', fleetCsv(rows))}>
            CSV
          </button>
          <ColumnChoice columns={view.columns} hidden={columns.hidden} onToggle={columns.toggle} />
        </FacetBar>
        <DataTable
          label={t(`fleet.${view.kind}.title`)}
          rows={rows}
          columns={columns.shown}
          rowKey={(r) => r.name}
          sort={sort}
          onSort={(next) => setSort(sortText(next))}
          card={view.card}
          cardHeight={cardHeight}
          empty={
            <EmptyState
              reason={t('empty.filtered')}
              actions={
                <button type="button" className="sw-plain-button" onClick={clear}>
                  {t('empty.clearFilter')}
                </button>
              }
            />
          }
        />
      </section>
    </>
  );
}

/** Holds the places of what is loading, without flicker: it appears after 150 ms. */
function Placeholder() {
  const t = useT();
  return (
    <div className="sw-placeholder sw-stack" role="status" aria-label={t('common.loading')}>
      <div className="sw-panel" style={{ height: 74 }} />
      <div className="sw-panel" style={{ height: 220 }} />
      <div className="sw-panel" style={{ height: 480 }} />
    </div>
  );
}
