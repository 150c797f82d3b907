// One opened row: the whole message and its fields, each of which can be
// filtered by.
import { CopyButton } from '@/components/CopyButton';
import { Glyph } from '@/components/Glyph';
import { useT } from '@/lib/i18n';
import type { Cells } from '../run/query';
import { fieldsOf, prettyMessage } from './details';
import type { ResultColumn } from './table';

/** events: the field belongs to an event, not to a result of stats. */
export type RowFilter = (field: string, value: string, not: boolean, events: boolean) => void;

interface RowDetailsProps {
  columns: readonly ResultColumn[];
  cells: Cells;
  events: boolean;
  onFilter: RowFilter;
}

export function RowDetails({ columns, cells, events, onFilter }: RowDetailsProps) {
  const t = useT();
  const message = cells[columns.findIndex((c) => c.name === '@message')];
  const fields = fieldsOf(columns, cells);
  return (
    <div className="sw-row-details">
      {message !== undefined ? (
        <div className="sw-row-message">
          <pre tabIndex={0}>{prettyMessage(message)}</pre>
          <CopyButton text={() => message} label={t('common.copy')} />
        </div>
      ) : null}
      <table className="sw-row-fields">
        <caption className="sw-visually-hidden">{t('logs.row.fields')}</caption>
        <tbody>
          {fields.map((f) => (
            <tr key={f.name}>
              <th scope="row" className="sw-mono">
                {f.name}
              </th>
              <td className="sw-row-filters">
                {f.filters ? (
                  <>
                    <button type="button" className="sw-icon-button" title={t('logs.row.filter', { field: f.name })} aria-label={t('logs.row.filterBy', { field: f.name, value: f.value })} onClick={() => onFilter(f.name, f.value, false, events)}>
                      <Glyph name="only" />
                    </button>
                    <button type="button" className="sw-icon-button" title={t('logs.row.exclude', { field: f.name })} aria-label={t('logs.row.excludeBy', { field: f.name, value: f.value })} onClick={() => onFilter(f.name, f.value, true, events)}>
                      <Glyph name="without" />
                    </button>
                  </>
                ) : null}
              </td>
              <td className="sw-mono sw-row-value">{f.value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
