// The saved queries of the account: run one, save this one, delete.
import { type FormEvent, useState } from 'react';
import { ErrorBox } from '@/components/ErrorBox';
import { Glyph } from '@/components/Glyph';
import { Popup } from '@/components/Popup';
import { useT } from '@/lib/i18n';
import type { QuerySpec } from '../spec';
import { type Saved, savedAs, type SavedQuery } from './saved';

interface SavedMenuProps {
  saved: Saved;
  /** What is written now. */
  draft: QuerySpec;
  onPick: (query: SavedQuery) => void;
}

const findFrom = 8; // queries from which a box to find them by is worth its place

export function SavedMenu({ saved, draft, onPick }: SavedMenuProps) {
  const t = useT();
  const current = savedAs(saved.list, draft);
  return (
    <Popup label={t('logs.saved')} className="sw-button" trigger={`${current ? '★ ' : ''}${t('logs.saved')} ▾`}>
      {(close) => <SavedPanel saved={saved} draft={draft} current={current} close={close} onPick={onPick} />}
    </Popup>
  );
}

function SavedPanel({ saved, draft, current, close, onPick }: SavedMenuProps & { current: SavedQuery | undefined; close: () => void }) {
  const t = useT();
  const [find, setFind] = useState('');
  const [asked, setAsked] = useState<string | null>(null); // the id that is about to be deleted
  const [error, setError] = useState<unknown>(null);
  const run = (work: Promise<void>) => void work.then(() => setError(null), setError);
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = saved.list.filter((one) => words.every((w) => `${one.name} ${one.text}`.toLowerCase().includes(w)));
  return (
    <div className="sw-history sw-saved">
      <SaveForm key={current?.id} saved={saved} draft={draft} name={current?.name ?? ''} onSave={(name) => run(saved.save(name, draft))} />
      {error || saved.error ? <ErrorBox error={error ?? saved.error} /> : null}
      {saved.list.length >= findFrom ? <input className="sw-field" type="search" aria-label={t('logs.saved.find')} placeholder={t('logs.saved.find')} value={find} onChange={(e) => setFind(e.target.value)} /> : null}
      {!saved.loading && saved.list.length === 0 && !saved.error ? <p className="sw-secondary">{t('logs.saved.none')}</p> : null}
      <ul>
        {shown.map((one) => (
          <li key={one.id} className="sw-saved-one">
            <button
              type="button"
              aria-current={one === current || undefined}
              onClick={() => {
                close();
                onPick(one);
              }}
            >
              <strong>{one.name}</strong>
              <code>{one.text}</code>
            </button>
            {asked === one.id ? (
              <span className="sw-row">
                <button type="button" className="sw-button" onClick={() => run(saved.drop(one.id))}>
                  {t('logs.saved.dropYes')}
                </button>
                <button type="button" className="sw-button" autoFocus onClick={() => setAsked(null)}>
                  {t('common.cancel')}
                </button>
              </span>
            ) : (
              <button type="button" className="sw-icon-button" title={t('logs.saved.drop', { name: one.name })} aria-label={t('logs.saved.drop', { name: one.name })} onClick={() => setAsked(one.id)}>
                <Glyph name="close" />
              </button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function SaveForm({ saved, draft, name: first, onSave }: { saved: Saved; draft: QuerySpec; name: string; onSave: (name: string) => void }) {
  const t = useT();
  const [name, setName] = useState(first);
  const wanted = name.trim();
  const replaces = saved.list.some((one) => one.name === wanted);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wanted !== '') onSave(wanted);
  };
  return (
    <form className="sw-row sw-save-form" onSubmit={submit}>
      <input className="sw-field" data-autofocus maxLength={255} aria-label={t('logs.saved.name')} placeholder={t('logs.saved.name')} value={name} onChange={(e) => setName(e.target.value)} />
      <button type="submit" className="sw-button" disabled={wanted === '' || draft.text.trim() === ''}>
        {t(replaces ? 'logs.saved.replace' : 'logs.saved.save')}
      </button>
    </form>
  );
}
