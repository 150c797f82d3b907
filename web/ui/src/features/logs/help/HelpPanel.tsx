// Help beside the editor: the fields that the chosen log groups have, and every
// word of the language with an example that one click takes into the editor.
import { useMemo, useState } from 'react';
import { CopyButton } from '@/components/CopyButton';
import { Glyph } from '@/components/Glyph';
import { useFormat, useT } from '@/lib/i18n';
import type { GroupField } from '../groupFields';
import type { Entry } from '../lang/complete';
import { queryField } from '../useKnowledge';
import { findEntries, sections } from './entries';
import './help.css';

interface HelpPanelProps {
  reference: readonly Entry[];
  fields: readonly GroupField[];
  /** Takes a query into the editor; it does not run yet. */
  onExample: (text: string) => void;
  /** Writes a field's name into the query. */
  onField: (name: string) => void;
  onClose: () => void;
}

export function HelpPanel({ reference, fields, onExample, onField, onClose }: HelpPanelProps) {
  const t = useT();
  const [question, ask] = useState('');
  const found = useMemo(() => findEntries(reference, question), [reference, question]);
  const matching = useMemo(() => fields.filter((f) => f.name.toLowerCase().includes(question.trim().toLowerCase())), [fields, question]);
  return (
    <aside className="sw-ql-panel" aria-label={t('logs.help.title')} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <div className="sw-row">
        <h2>{t('logs.help.title')}</h2>
        <button type="button" className="sw-icon-button sw-page-actions" aria-label={t('logs.help.close')} title={t('logs.help.close')} onClick={onClose}>
          <Glyph name="close" />
        </button>
      </div>
      <input className="sw-field" type="search" spellCheck={false} aria-label={t('logs.help.find')} placeholder={t('logs.help.find')} value={question} onChange={(event) => ask(event.target.value)} />
      <div className="sw-ql-panel-body" tabIndex={0} role="region" aria-label={t('logs.help.title')}>
        <FieldList fields={matching} asked={question !== ''} onField={onField} />
        {sections.map((section) => {
          const entries = found.filter((e) => section.kinds.includes(e.kind));
          return entries.length === 0 ? null : (
            <section key={section.title}>
              <h3>{t(section.title)}</h3>
              {entries.map((entry) => (
                <Word key={`${entry.kind} ${entry.name}`} entry={entry} onExample={onExample} />
              ))}
            </section>
          );
        })}
        {found.length === 0 && matching.length === 0 ? <p className="sw-secondary">{t('logs.help.nothing')}</p> : null}
      </div>
    </aside>
  );
}

function Word({ entry, onExample }: { entry: Entry; onExample: (text: string) => void }) {
  const t = useT();
  const { example } = entry;
  return (
    <details className="sw-ql-word">
      <summary>
        <code>{entry.name}</code> <span>{entry.help}</span>
      </summary>
      <code className="sw-ql-syntax">{entry.syntax}</code>
      {example ? (
        <>
          <pre tabIndex={0}>{example}</pre>
          <div className="sw-row">
            <button type="button" className="sw-button" onClick={() => onExample(example)}>
              {t('logs.help.use')}
            </button>
            <CopyButton text={() => example} label={t('common.copy')} />
          </div>
        </>
      ) : null}
    </details>
  );
}

const shownAtFirst = 12;

function FieldList({ fields, asked, onField }: { fields: readonly GroupField[]; asked: boolean; onField: (name: string) => void }) {
  const t = useT();
  const format = useFormat();
  const [all, setAll] = useState(false);
  if (fields.length === 0) return null;
  const shown = all || asked ? fields : fields.slice(0, shownAtFirst);
  return (
    <section>
      <h3>{t('logs.help.discovered')}</h3>
      <ul className="sw-ql-fields">
        {shown.map((f) => (
          <li key={f.name}>
            <button type="button" className="sw-plain-button sw-mono" title={t('logs.help.insert', { field: f.name })} onClick={() => onField(queryField(f.name))}>
              {f.name}
            </button>
            <span className="sw-secondary" title={t('logs.help.share', { percent: format.percent(f.percent) })}>
              {format.percent(f.percent)}
            </span>
          </li>
        ))}
      </ul>
      {shown.length < fields.length ? (
        <button type="button" className="sw-plain-button" onClick={() => setAll(true)}>
          {t('logs.help.allFields', { n: format.exact(fields.length) })}
        </button>
      ) : null}
    </section>
  );
}
