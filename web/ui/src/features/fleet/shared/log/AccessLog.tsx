// The access log of an API or a bucket, found by the names of log groups: AWS
// lets its owner choose the name.
import { useQuery } from '@tanstack/react-query';
import { useApi } from '@/api/hooks';
import type { LogGroups } from '@/api/types';
import { EmptyState } from '@/components/EmptyState';
import { ErrorBox } from '@/components/ErrorBox';
import { useT } from '@/lib/i18n';
import { useUrlState } from '@/lib/urlstate';
import { accessLine, ownLogGroups } from './access';
import { LogTail, type PatternChoice } from './LogTail';

const looked = 200; // log groups that hold the name anywhere

interface AccessLogProps {
  name: string;
  /** What to do where there is none. */
  how: string;
  choices: readonly PatternChoice[];
}

export function AccessLog({ name, how, choices }: AccessLogProps) {
  const t = useT();
  const { ui, scope } = useApi();
  const query = useQuery({
    queryKey: ['log-groups', scope, 'own', name],
    queryFn: ({ signal }) => ui<LogGroups>('loggroups', { signal, params: { pattern: `*${name}*`, limit: looked } }),
    staleTime: 60_000,
  });
  const [chosen, choose] = useUrlState('loggroup');
  const groups = query.data ? ownLogGroups(name, query.data.groups.map((g) => g.name)) : [];
  const group = groups.find((g) => g === chosen) ?? groups[0];
  if (group !== undefined) return <LogTail key={group} group={group} groups={groups} onGroup={choose} choices={choices} read={accessLine} />;
  if (query.isPending) return null;
  return (
    <section className="sw-panel" aria-labelledby="sw-log">
      <h2 id="sw-log">{t('log.title')}</h2>
      {query.isError ? <ErrorBox error={query.error} onRetry={() => void query.refetch()} /> : <EmptyState reason={t('log.noAccess', { name })}>{how}</EmptyState>}
    </section>
  );
}
