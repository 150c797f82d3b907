// What an empty query page offers: everyday questions, one click each, and the
// account's own saved ones first.
import type { ReactNode } from 'react';
import { useT } from '@/lib/i18n';
import { samples, type Sample } from './samples';
import type { SavedQuery } from './saved/saved';

const mostSaved = 8;

interface StartCardsProps {
  saved: readonly SavedQuery[];
  onSaved: (query: SavedQuery) => void;
  onSample: (sample: Sample) => void;
}

export function StartCards({ saved, onSaved, onSample }: StartCardsProps) {
  const t = useT();
  return (
    <section aria-labelledby="sw-start" className="sw-start">
      <h2 id="sw-start">{t('logs.start')}</h2>
      <p className="sw-secondary">{t('logs.start.how')}</p>
      <div className="sw-start-cards">
        {saved.length > 0 ? (
          <Card title={t('logs.saved')}>
            {saved.slice(0, mostSaved).map((one) => (
              <li key={one.id}>
                <button type="button" className="sw-plain-button" title={one.text} onClick={() => onSaved(one)}>
                  {one.name}
                </button>
              </li>
            ))}
          </Card>
        ) : null}
        {samples.map((group) => (
          <Card key={group.group} title={t(group.group)}>
            {group.samples.map((sample) => (
              <li key={sample.id}>
                <button type="button" className="sw-plain-button" title={sample.text} onClick={() => onSample(sample)}>
                  {t(sample.title)}
                </button>
              </li>
            ))}
          </Card>
        ))}
      </div>
    </section>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="sw-panel">
      <h3>{title}</h3>
      <ul>{children}</ul>
    </div>
  );
}
