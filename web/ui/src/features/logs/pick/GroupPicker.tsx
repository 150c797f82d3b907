// Which log groups a query reads: up to 50 by name, or all that begin with a
// prefix through SOURCE in the query's text.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useApi } from '@/api/hooks';
import type { LogGroupInfo, LogGroups } from '@/api/types';
import { ErrorBox } from '@/components/ErrorBox';
import { Glyph } from '@/components/Glyph';
import { SearchList } from '@/components/SearchList';
import { serverNow } from '@/lib/clock';
import { useFormat, useT } from '@/lib/i18n';
import { useHotkey } from '@/lib/keys';
import { usePaused } from '@/lib/pause';
import { maxGroups } from '../spec';
import { commonPrefix, plusGroups } from './groups';

const listed = 1000;
const pauseMs = 150;
const rowHeight = 36;

export interface GroupPickerProps {
  groups: readonly string[];
  /** Prefixes of the query's SOURCE; null without SOURCE, empty for all groups. */
  source: readonly string[] | null;
  onGroups: (groups: string[]) => void;
  /** Without it groups can only be named. */
  onSource?: (prefixes: string[] | null) => void;
  /** How many groups can be named. */
  most?: number;
  open: boolean;
  onOpen: (open: boolean) => void;
}

export function GroupPicker({ groups, source, onGroups, onSource, most = maxGroups, open, onOpen }: GroupPickerProps) {
  const t = useT();
  const format = useFormat();
  const { ui, scope } = useApi();
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useHotkey('g', 'logs.keys.groups', () => {
    onOpen(true);
    requestAnimationFrame(() => input.current?.focus());
  });
  const pattern = usePaused(text.trim(), pauseMs);
  const query = useQuery({
    queryKey: ['log-groups', scope, pattern],
    enabled: open,
    queryFn: ({ signal }) => ui<LogGroups>('loggroups', { signal, params: { pattern: pattern || null, limit: listed } }),
    placeholderData: keepPreviousData,
  });
  const list = query.data;
  const prefix = usePrefix(list, pattern, open && onSource !== undefined);
  const chosen = new Set(groups);
  const fresh = list?.groups.filter((g) => !chosen.has(g.name)) ?? [];
  const room = most - groups.length;
  const toggle = (g: LogGroupInfo) => onGroups(chosen.has(g.name) ? groups.filter((name) => name !== g.name) : plusGroups(groups, [g.name], most));
  const add = Math.min(room, fresh.length);
  return (
    <div className="sw-groups">
      <Chosen {...{ groups, source, onGroups, onSource, open, onOpen }} />
      {open ? (
        <SearchList
          label={t('logs.groups.find')}
          placeholder={t('logs.groups.placeholder')}
          inputRef={input}
          text={text}
          onText={setText}
          onEscape={() => onOpen(false)}
          items={list?.groups ?? []}
          itemKey={(g) => g.name}
          selected={(g) => chosen.has(g.name)}
          onToggle={toggle}
          rowHeight={rowHeight}
          maxHeight={280}
          render={(g) => (
            <>
              <span className="sw-group-name sw-mono">{g.name}</span>
              <span className="sw-secondary sw-group-facts">
                <span title={format.time(g.lastEvent)}>{g.lastEvent === null ? t('logs.groups.noEvents') : format.ago(g.lastEvent, serverNow())}</span>
                <span>{format.bytes(g.bytes)}</span>
                <span>{t('logs.groups.events', { n: format.count(g.events) })}</span>
              </span>
            </>
          )}
          aside={
            <button type="button" className="sw-icon-button" aria-label={t('logs.groups.close')} title={t('logs.groups.close')} onClick={() => onOpen(false)}>
              <Glyph name="close" />
            </button>
          }
          above={
            <>
              {query.isError ? <ErrorBox error={query.error} onRetry={() => void query.refetch()} /> : null}
              {list && list.matched > 0 ? (
                <div className="sw-row sw-groups-count">
                  <span role="status">{t('logs.groups.matched', { matched: format.exact(list.matched), total: format.exact(list.total) })}</span>
                  {onSource && prefix !== null && list.matched > 1 ? (
                    <button type="button" className="sw-button" onClick={() => onSource(prefix === '' ? [] : [prefix])}>
                      {prefix === '' ? t('logs.groups.all', { n: format.exact(list.matched) }) : t('logs.groups.allPrefix', { prefix, n: format.exact(list.matched) })}
                    </button>
                  ) : null}
                  {add > 1 && source === null && (list.matched <= most || prefix === null || !onSource) ? (
                    <button type="button" className="sw-button" onClick={() => onGroups(plusGroups(groups, fresh.map((g) => g.name), most))}>
                      {t(add === list.matched ? 'logs.groups.addAll' : 'logs.groups.addFirst', { n: format.exact(add) })}
                    </button>
                  ) : null}
                  {room <= 0 ? <span className="sw-secondary">{t(onSource ? 'logs.groups.full' : 'logs.live.groupsFull', { max: most })}</span> : null}
                </div>
              ) : null}
            </>
          }
          empty={list && list.matched === 0 ? <div role="status">{t(list.total === 0 ? 'logs.groups.none' : 'logs.groups.nothing')}</div> : null}
        />
      ) : null}
    </div>
  );
}

/** The prefix that means just the matching groups: "" for all groups, null when there is none. */
function usePrefix(list: LogGroups | undefined, pattern: string, open: boolean): string | null {
  const { ui, scope } = useApi();
  const candidate = pattern === '' || !list || list.groups.length < 2 ? '' : commonPrefix(list.groups.map((g) => g.name));
  const check = useQuery({
    queryKey: ['log-groups', scope, `${candidate}*`, 'count'],
    enabled: open && candidate !== '',
    queryFn: ({ signal }) => ui<LogGroups>('loggroups', { signal, params: { pattern: `${candidate}*`, limit: 1 } }),
  });
  if (!list) return null;
  if (pattern === '') return '';
  return candidate !== '' && check.data?.matched === list.matched ? candidate : null;
}

function Chosen({ groups, source, onGroups, onSource, open, onOpen }: GroupPickerProps) {
  const t = useT();
  return (
    <div className="sw-row sw-groups-chosen">
      <span className="sw-groups-label">{t('logs.groups')}</span>
      {source !== null ? (
        <span className="sw-tag">
          <span className="sw-mono">{source.length === 0 ? t('logs.groups.everyGroup') : source.map((p) => `${p}*`).join(', ')}</span>
          <button type="button" aria-label={t('logs.groups.dropSource')} title={t('logs.groups.dropSource')} onClick={() => onSource?.(null)}>
            <Glyph name="close" />
          </button>
        </span>
      ) : (
        groups.map((name) => (
          <span key={name} className="sw-tag">
            <span className="sw-mono">{name}</span>
            <button type="button" aria-label={t('logs.groups.drop', { group: name })} title={t('logs.groups.drop', { group: name })} onClick={() => onGroups(groups.filter((g) => g !== name))}>
              <Glyph name="close" />
            </button>
          </span>
        ))
      )}
      {groups.length > 1 && source === null ? (
        <button type="button" className="sw-plain-button" onClick={() => onGroups([])}>
          {t('logs.groups.clear')}
        </button>
      ) : null}
      {open ? null : (
        <button type="button" className="sw-button" aria-expanded={false} title="g" onClick={() => onOpen(true)}>
          {t(groups.length === 0 && source === null ? 'logs.groups.choose' : 'logs.groups.change')}
        </button>
      )}
    </div>
  );
}
