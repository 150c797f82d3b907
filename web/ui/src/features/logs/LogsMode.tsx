// Query or live tail: two pages that keep the log groups between them.
import { Segments } from '@/components/Segments';
import { useT } from '@/lib/i18n';
import { useGo } from '@/lib/urlstate';
import { specParams } from './spec';

type Mode = 'query' | 'live';

export function LogsMode({ mode, groups }: { mode: Mode; groups: readonly string[] }) {
  const t = useT();
  const go = useGo();
  const { group } = specParams({ groups: [...groups], text: '' });
  return (
    <Segments<Mode>
      label={t('logs.mode')}
      value={mode}
      options={[
        { value: 'query', label: t('logs.mode.query') },
        { value: 'live', label: t('logs.mode.live') },
      ]}
      onChange={(next) => next !== mode && go(next === 'live' ? '/logs/live' : '/logs', { group })}
    />
  );
}
