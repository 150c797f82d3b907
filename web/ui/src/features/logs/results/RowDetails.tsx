// One opened row: the whole message and all fields of the event, each of which
// can be filtered by, and where one can go from here.
import { CopyButton } from '@/components/CopyButton';
import { Glyph } from '@/components/Glyph';
import { useFormat, useT } from '@/lib/i18n';
import type { Drill } from '../lang/drill';
import type { Cells } from '../run/query';
import { conditionOf, type Field, fieldsOf, prettyMessage } from './details';
import { useRecord } from './record';
import { RowActions } from './RowActions';
import { type ResultColumn, timeOf } from './table';
import { unitOf, unitSigns } from './units';

/** events: the condition is on events, not on results of stats. */
export type RowFilter = (condition: string, events: boolean) => void;

interface RowDetailsProps {
  columns: readonly ResultColumn[];
  cells: Cells;
  events: boolean;
  /** Of an event: all its fields can be asked for. */
  pointer: string | undefined;
  /** Of a row of stats: the events it counts. */
  behind: Drill | null;
  onFilter: RowFilter;
  onGo: (drill: Drill) => void;
}

export function RowDetails({ columns, cells, events, pointer, behind, onFilter, onGo }: RowDetailsProps) {
  const t = useT();
  const record = useRecord(pointer);
  const cell = (name: string) => cells[columns.findIndex((c) => c.name === name)];
  const message = cell('@message') ?? record?.['@message'];
  const fields = fieldsOf(columns, cells, record);
  const whole = () => JSON.stringify(Object.fromEntries([...fields.map((f) => [f.name, f.value]), ...(message === undefined ? [] : [['@message', message]])]), null, 2);
  return (
    <div className="sw-row-details">
      <RowActions behind={behind} record={record} log={cell('@log')} onGo={onGo} />
      {message !== undefined ? (
        <div className="sw-row-message">
          <pre tabIndex={0}>{prettyMessage(message)}</pre>
          <div className="sw-row-copies">
            <CopyButton text={() => message} label={t('common.copy')} />
            <CopyButton text={whole} label={t('logs.row.copyAll')} />
          </div>
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
                    <button type="button" className="sw-icon-button" title={t('logs.row.filter', { field: f.name })} aria-label={t('logs.row.filterBy', { field: f.name, value: f.value })} onClick={() => onFilter(conditionOf(f, false), events)}>
                      <Glyph name="only" />
                    </button>
                    <button type="button" className="sw-icon-button" title={t('logs.row.exclude', { field: f.name })} aria-label={t('logs.row.excludeBy', { field: f.name, value: f.value })} onClick={() => onFilter(conditionOf(f, true), events)}>
                      <Glyph name="without" />
                    </button>
                  </>
                ) : null}
              </td>
              <td className="sw-mono sw-row-value">
                <FieldValue field={f} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The value as the server writes it, and as people read it where that differs. */
function FieldValue({ field }: { field: Field }) {
  const format = useFormat();
  const at = timeOf(field.value);
  if (at !== null) {
    return (
      <>
        {format.time(at, { ms: true })} <span className="sw-secondary">{field.value} UTC</span>
      </>
    );
  }
  const unit = unitOf(field.name);
  const number = Number(field.value);
  if (unit === null || !Number.isFinite(number)) return field.value;
  return (
    <>
      {field.value} <span className="sw-secondary">{unit.unit === 'Milliseconds' ? format.duration(number) : `${format.exact(number * unit.scale)} ${unitSigns[unit.unit]}`}</span>
    </>
  );
}
