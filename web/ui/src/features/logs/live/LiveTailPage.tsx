// Follows log groups as events arrive. Groups and filter pattern are in the
// URL; a link with groups begins to follow at once.
import { useMemo, useRef, useState } from 'react';
import { EmptyState } from '@/components/EmptyState';
import { ErrorBox } from '@/components/ErrorBox';
import { PageTitle } from '@/components/PageTitle';
import { useT } from '@/lib/i18n';
import { useHotkey } from '@/lib/keys';
import { useUrlList, useUrlState } from '@/lib/urlstate';
import { LogsMode } from '../LogsMode';
import { GroupPicker } from '../pick/GroupPicker';
import { LiveBar } from './LiveBar';
import { TailRows } from './TailRows';
import { termsOf } from './terms';
import { useLiveTail } from './useLiveTail';
import '../logs.css';
import './live.css';

const mostGroups = 10; // as StartLiveTail has it

export default function LiveTailPage() {
  const t = useT();
  const [given, setGroups] = useUrlList('group');
  const groups = useMemo(() => given.slice(0, mostGroups), [given]);
  const [pattern, setPattern] = useUrlState('pattern');
  const [open, setOpen] = useState(groups.length === 0);
  const live = useLiveTail(groups, pattern);
  const terms = useMemo(() => termsOf(pattern), [pattern]);
  const on = live.status === 'on' || live.status === 'opening';
  const filter = useRef<HTMLInputElement>(null);
  const begin = () => {
    setOpen(groups.length === 0);
    live.start();
  };
  useHotkey('s', 'logs.live.keys.toggle', () => (on ? live.stop() : begin()));
  useHotkey('c', 'logs.live.keys.clear', live.clear);
  useHotkey('/', 'keys.filter', () => filter.current?.focus());
  return (
    <div className="sw-stack sw-logs">
      <PageTitle title={t('logs.live.title')} actions={<LogsMode mode="live" groups={groups} />} />
      <section className="sw-panel sw-query" aria-label={t('logs.live.what')}>
        <GroupPicker groups={groups} source={null} most={mostGroups} onGroups={setGroups} open={open} onOpen={setOpen} />
        <LiveBar live={live} on={on} ready={groups.length > 0} pattern={pattern} filter={filter} onStart={begin} onPattern={setPattern} />
        {live.status === 'failed' ? <ErrorBox error={live.error} onRetry={begin} /> : null}
      </section>
      {live.tail.rows.length > 0 ? (
        <TailRows rows={live.tail.rows} withGroup={groups.length > 1} terms={terms} />
      ) : (
        <EmptyState reason={t(groups.length === 0 ? 'logs.live.start' : on ? 'logs.live.waiting' : 'logs.live.off')}>{on ? t(pattern ? 'logs.live.waitingPattern' : 'logs.live.waitingHow') : t('logs.live.how')}</EmptyState>
      )}
    </div>
  );
}
