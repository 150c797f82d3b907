// The heading of a DataTable, and its sort choice on narrow screens.
import { useT } from '@/lib/i18n';
import { type Column, nextSort, parseSort, type Sort, sortText } from './column';

interface HeadProps<T> {
  columns: readonly Column<T>[];
  sort: Sort | null;
  onSort: (sort: Sort | null) => void;
}

export function TableHead<T>({ columns, template, sort, onSort }: HeadProps<T> & { template: string }) {
  const t = useT();
  return (
    <div role="rowgroup" className="sw-thead">
      <div role="row" aria-rowindex={1} className="sw-tr" style={{ gridTemplateColumns: template }}>
        {columns.map((c) => {
          const direction = sort?.column === c.id ? sort.direction : null;
          return (
            <div
              key={c.id}
              role="columnheader"
              aria-sort={direction ? (direction === 'asc' ? 'ascending' : 'descending') : undefined}
              className={`sw-th sw-td-${c.align ?? 'start'}`}
            >
              {c.value ? (
                <button type="button" title={c.title ?? t('common.sortBy', { column: c.label })} onClick={() => onSort(nextSort(c, sort))}>
                  <span>{c.label}</span>
                  <span className="sw-sort" aria-hidden="true">
                    {direction === 'asc' ? '▲' : direction === 'desc' ? '▼' : ''}
                  </span>
                </button>
              ) : (
                <span title={c.title}>{c.label}</span>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

export function SortSelect<T>({ columns, sort, onSort }: HeadProps<T>) {
  const t = useT();
  const options = columns.filter((c) => c.value);
  return (
    <label className="sw-sort-select">
      <span className="sw-visually-hidden">{t('table.sort')}</span>
      <select className="sw-field" value={sortText(sort)} onChange={(event) => onSort(parseSort(event.target.value))}>
        <option value="">{t('table.sortDefault')}</option>
        {options.flatMap((c) =>
          (['desc', 'asc'] as const).map((direction) => (
            <option key={c.id + direction} value={sortText({ column: c.id, direction })}>
              {c.label} {direction === 'desc' ? '▼' : '▲'}
            </option>
          )),
        )}
      </select>
    </label>
  );
}
