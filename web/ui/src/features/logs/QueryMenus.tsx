// Ready queries, and those this browser has run.
import { Popup } from '@/components/Popup';
import { serverNow } from '@/lib/clock';
import { useFormat, useT } from '@/lib/i18n';
import type { PastQuery } from './history';
import { samples, type Sample } from './samples';

export function SamplesMenu({ onPick }: { onPick: (sample: Sample) => void }) {
  const t = useT();
  return (
    <Popup label={t('logs.samples')} className="sw-button" trigger={`${t('logs.samples')} ▾`}>
      {(close) => (
        <div className="sw-menu sw-samples">
          {samples.map((group) => (
            <div key={group.group} role="group" aria-label={t(group.group)}>
              <div className="sw-menu-label">{t(group.group)}</div>
              {group.samples.map((sample) => (
                <button
                  key={sample.id}
                  type="button"
                  title={sample.text}
                  onClick={() => {
                    close();
                    onPick(sample);
                  }}
                >
                  {t(sample.title)}
                </button>
              ))}
            </div>
          ))}
        </div>
      )}
    </Popup>
  );
}

interface HistoryMenuProps {
  past: readonly PastQuery[];
  onPick: (query: PastQuery) => void;
  onClear: () => void;
}

export function HistoryMenu({ past, onPick, onClear }: HistoryMenuProps) {
  const t = useT();
  const format = useFormat();
  return (
    <Popup label={t('logs.history')} className="sw-button" trigger={`${t('logs.history')} ▾`}>
      {(close) => (
        <div className="sw-history">
          {past.length === 0 ? <p className="sw-secondary">{t('logs.history.none')}</p> : null}
          <ul>
            {past.map((one) => (
              <li key={`${one.at}/${one.text}`}>
                <button
                  type="button"
                  onClick={() => {
                    close();
                    onPick(one);
                  }}
                >
                  <code>{one.text}</code>
                  <small>
                    {format.ago(one.at, serverNow())}
                    {one.groups.length > 0 ? ` · ${one.groups[0]}${one.groups.length > 1 ? ` + ${one.groups.length - 1}` : ''}` : ''}
                  </small>
                </button>
              </li>
            ))}
          </ul>
          {past.length > 0 ? (
            <button
              type="button"
              className="sw-plain-button"
              onClick={() => {
                close();
                onClear();
              }}
            >
              {t('logs.history.clear')}
            </button>
          ) : null}
        </div>
      )}
    </Popup>
  );
}
