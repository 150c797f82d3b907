// The keys that work now.
import Modal from '@cloudscape-design/components/modal';
import { useT } from '@/lib/i18n';
import { comboText, type Hotkey, useHotkeys } from '@/lib/keys';

export function HelpOverlay({ onClose }: { onClose: () => void }) {
  const t = useT();
  const keys = useHotkeys();
  const unique = [...new Map(keys.map((key) => [key.combo, key])).values()];
  const list = (entries: Hotkey[]) => (
    <dl className="sw-help">
      {entries.map((key) => (
        <div key={key.combo}>
          <dt>
            <kbd>{comboText(key.combo)}</kbd>
          </dt>
          <dd>{t(key.label)}</dd>
        </div>
      ))}
    </dl>
  );
  const here = unique.filter((key) => !key.everywhere);
  return (
    <Modal visible header={t('help.title')} onDismiss={onClose} closeAriaLabel={t('common.close')}>
      {here.length > 0 ? <h3>{t('help.here')}</h3> : null}
      {here.length > 0 ? list(here) : null}
      <h3>{t('help.everywhere')}</h3>
      {list([...unique.filter((key) => key.everywhere), { combo: 'Escape', label: 'keys.close', everywhere: true }])}
    </Modal>
  );
}
