// ⌘K: type part of a name, go there. Pages and resources of all kinds.
import Modal from '@cloudscape-design/components/modal';
import { type KeyboardEvent, useId, useMemo, useState } from 'react';
import { useResourceNames } from '@/api/hooks';
import type { FleetKind } from '@/api/types';
import { type MessageKey, useT } from '@/lib/i18n';
import { useGo } from '@/lib/urlstate';
import { navSections } from './pages';
import { matchTargets, type Target } from './match';
import './QuickSwitcher.css';

const kinds: { kind: FleetKind; path: string; label: MessageKey }[] = [
  { kind: 'lambda', path: '/lambda', label: 'nav.lambda' },
  { kind: 'glue', path: '/glue', label: 'nav.glue' },
  { kind: 'apigateway', path: '/apis', label: 'nav.apis' },
  { kind: 's3', path: '/buckets', label: 'nav.buckets' },
];

export function QuickSwitcher({ onClose }: { onClose: () => void }) {
  const t = useT();
  const go = useGo();
  const listId = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const lambda = useResourceNames('lambda', true);
  const glue = useResourceNames('glue', true);
  const apis = useResourceNames('apigateway', true);
  const buckets = useResourceNames('s3', true);
  const targets = useMemo<Target[]>(() => {
    const pages = [...navSections.flatMap((s) => s.pages), { path: '/settings', label: 'nav.settings' as const }];
    const names = [lambda, glue, apis, buckets];
    return [
      ...pages.map((p) => ({ name: t(p.label), kind: t('find.page'), path: p.path })),
      ...kinds.flatMap((k, i) => (names[i] ?? []).map((name) => ({ name, kind: t(k.label), path: `${k.path}/${encodeURIComponent(name)}` }))),
    ];
  }, [t, lambda, glue, apis, buckets]);
  const found = matchTargets(targets, text, 12);
  const active = Math.min(at, found.length - 1);
  const choose = (target: Target | undefined) => {
    if (!target) return;
    onClose();
    go(target.path);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') setAt(Math.min(active + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(active - 1, 0));
    else if (event.key === 'Enter') choose(found[active]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal visible header={t('find.title')} onDismiss={onClose} closeAriaLabel={t('common.close')}>
      <div className="sw-find">
        <input
          ref={(element) => element?.focus()}
          className="sw-field"
          role="combobox"
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={found[active] ? `${listId}-${active}` : undefined}
          aria-label={t('find.title')}
          placeholder={t('find.placeholder')}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKey}
        />
        <ul id={listId} role="listbox" aria-label={t('find.title')}>
          {found.map((target, i) => (
            <li
              key={target.path}
              id={`${listId}-${i}`}
              role="option"
              aria-selected={i === active}
              onPointerMove={() => setAt(i)}
              onClick={() => choose(target)}
            >
              <span>{target.name}</span>
              <span className="sw-secondary">{target.kind}</span>
            </li>
          ))}
        </ul>
        {found.length === 0 ? <p className="sw-secondary">{t('find.nothing')}</p> : null}
      </div>
    </Modal>
  );
}
