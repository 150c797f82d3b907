// The filter box and the facet chips above a fleet's table.
import { type ReactNode, useMemo, useRef } from 'react';
import type { FleetKind, Resource, Severity } from '@/api/types';
import { StatusIcon, type Status } from '@/components/StatusBadge';
import { useFormat, useT } from '@/lib/i18n';
import { useHotkey } from '@/lib/keys';
import { useUrlState } from '@/lib/urlstate';
import { type Choices, countFacets, type Facet } from './filter';
import { ruleName } from './rules';
import { runStateText } from './runState';
import { toggleChoice } from './useChoices';

interface FacetBarProps {
  kind: FleetKind;
  resources: readonly Resource[];
  facets: readonly Facet[];
  choices: Choices;
  shown: number;
  onClear: () => void;
  /** At the end of the first line. */
  children?: ReactNode;
}

const statusOrder = ['critical', 'warning', 'info', 'ok', 'none'];

export function FacetBar({ kind, resources, facets, choices, shown, onClear, children }: FacetBarProps) {
  const t = useT();
  const format = useFormat();
  const [text, setText] = useUrlState('q');
  const input = useRef<HTMLInputElement>(null);
  useHotkey('/', 'keys.filter', () => input.current?.focus());
  const counts = useMemo(() => countFacets(resources, text, facets, choices), [resources, text, facets, choices]);
  const filtered = text !== '' || facets.some((f) => (choices[f.id] ?? []).length > 0);
  const label = (facet: string, value: string) => {
    if (facet === 'sev') return value === 'none' ? t('common.none') : t(`severity.${value as Severity | 'ok'}`);
    if (facet === 'rule') return ruleName(kind, value, t);
    if (facet === 'state') return runStateText(value, t);
    return value;
  };
  return (
    <div className="sw-facets">
      <div className="sw-row">
        <input
          ref={input}
          className="sw-field sw-facet-input"
          type="search"
          aria-label={t(`fleet.filter.${kind}`)}
          placeholder={`${t(`fleet.filter.${kind}`)}  ( / )`}
          title={t('fleet.filter.hint')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && (text ? setText('') : input.current?.blur())}
        />
        <span className="sw-secondary" role="status">
          {t('fleet.shown', { shown: format.exact(shown), total: format.exact(resources.length) })}
        </span>
        {filtered ? (
          <button type="button" className="sw-plain-button" onClick={onClear}>
            {t('fleet.clear')}
          </button>
        ) : null}
        <span className="sw-row sw-page-actions">{children}</span>
      </div>
      {facets.map((facet) => {
        const values = [...(counts.get(facet.id) ?? [])];
        if (facet.id === 'sev') values.sort((a, b) => statusOrder.indexOf(a.value) - statusOrder.indexOf(b.value));
        if (values.length < 2 && !values.some((v) => v.chosen)) return null;
        return (
          <div key={facet.id} className="sw-facet" role="group" aria-label={t(`fleet.facet.${facet.id as 'sev'}`)}>
            <span className="sw-facet-name">{t(`fleet.facet.${facet.id as 'sev'}`)}</span>
            {values.map((v) => (
              <button key={v.value} type="button" className="sw-chip" aria-pressed={v.chosen} onClick={() => toggleChoice(facet.id, v.value, choices)}>
                {facet.id === 'sev' ? <StatusIcon status={v.value as Status} /> : null}
                {label(facet.id, v.value)}
                <span className="sw-chip-count">{format.exact(v.count)}</span>
              </button>
            ))}
          </div>
        );
      })}
    </div>
  );
}
