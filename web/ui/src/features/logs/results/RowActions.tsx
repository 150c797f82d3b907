// Where one can go from an opened row: the events behind it, what is around an
// event, its whole request, the page of what wrote it.
import { AppLink } from '@/components/AppLink';
import { useT } from '@/lib/i18n';
import type { Drill } from '../lang/drill';
import { groupOf, linksOf, type LogRecord, ownerOf } from './record';

interface RowActionsProps {
  /** Of a row of stats. */
  behind: Drill | null;
  /** Of an event. */
  record: LogRecord | undefined;
  log: string | undefined;
  onGo: (drill: Drill) => void;
}

export function RowActions({ behind, record, log, onGo }: RowActionsProps) {
  const t = useT();
  const links = record ? linksOf(record) : {};
  const owner = ownerOf(groupOf(record?.['@log'] ?? log));
  const go = (label: string, title: string, drill: Drill | null | undefined) =>
    drill ? (
      <button type="button" className="sw-button" title={title} onClick={() => onGo(drill)}>
        {label}
      </button>
    ) : null;
  if (!behind && !owner && !links.around && !links.request) return null;
  return (
    <div className="sw-row sw-row-actions">
      {go(t('logs.row.behind'), t('logs.row.behindTitle'), behind)}
      {go(t('logs.row.around'), t('logs.row.aroundTitle'), links.around)}
      {go(t('logs.row.request'), t('logs.row.requestTitle'), links.request)}
      {owner ? <AppLink to={owner.path}>{t('logs.row.owner', { name: owner.name })}</AppLink> : null}
    </div>
  );
}
