// Which columns of a fleet's table are shown; kept in this browser.
import { useMemo } from 'react';
import type { FleetKind, Resource } from '@/api/types';
import { Popup } from '@/components/Popup';
import type { Column } from '@/components/table/column';
import { useT } from '@/lib/i18n';
import { useSetting } from '@/lib/settings';

/** The chosen columns, and the ids of those that are hidden. Columns of priority 0 always stay. */
export function useColumnChoice(kind: FleetKind, columns: Column<Resource>[]) {
  const [text, setText] = useSetting(`columns.${kind}`);
  return useMemo(() => {
    const hidden = new Set((text ?? '').split(',').filter(Boolean));
    const toggle = (id: string) => {
      const next = new Set(hidden);
      if (!next.delete(id)) next.add(id);
      setText(next.size > 0 ? [...next].join(',') : null);
    };
    return { shown: columns.filter((c) => c.priority === 0 || !hidden.has(c.id)), hidden, toggle };
  }, [text, setText, columns]);
}

interface ColumnChoiceProps {
  columns: Column<Resource>[];
  hidden: ReadonlySet<string>;
  onToggle: (id: string) => void;
}

export function ColumnChoice({ columns, hidden, onToggle }: ColumnChoiceProps) {
  const t = useT();
  return (
    <Popup label={t('common.columns')} className="sw-top-button sw-columns-button" trigger={t('common.columns')}>
      {() => (
        <div className="sw-menu">
          {columns
            .filter((c) => c.priority > 0)
            .map((c) => (
              <button key={c.id} type="button" aria-pressed={!hidden.has(c.id)} onClick={() => onToggle(c.id)}>
                {c.label}
              </button>
            ))}
        </div>
      )}
    </Popup>
  );
}
