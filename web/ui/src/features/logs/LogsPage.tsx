// The log query page: groups, query text, histogram, result. What has run is in
// the URL; what is being written is here until it runs.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useSearch } from 'wouter';
import { isUnreachable } from '@/api/client';
import { useApi } from '@/api/hooks';
import type { LogGroups } from '@/api/types';
import { ErrorBox } from '@/components/ErrorBox';
import { PageTitle } from '@/components/PageTitle';
import { useT } from '@/lib/i18n';
import { comboText, useHotkey } from '@/lib/keys';
import { useSetting } from '@/lib/settings';
import { absoluteRange, type Interval, rangeText } from '@/lib/timerange';
import { setSearch } from '@/lib/urlstate';
import { BoxRow } from './build/BoxRow';
import { type EditorHandle, QueryBox } from './editor/QueryBox';
import { Histogram } from './Histogram';
import { previousQuery, readHistory, remember } from './history';
import { addFilter, addResultFilter, setSource, sourceOf } from './lang/pipeline';
import { LogsMode } from './LogsMode';
import { NoLogs } from './NoLogs';
import { GroupPicker } from './pick/GroupPicker';
import { isRefused, problemOf } from './problem';
import { useGroupFields } from './groupFields';
import { HelpPanel } from './help/HelpPanel';
import { HistoryMenu, SamplesMenu } from './QueryMenus';
import { ResultPanel } from './results/ResultPanel';
import type { RowFilter } from './results/RowDetails';
import { useRun } from './run/useRun';
import { RunBar } from './RunBar';
import type { Sample } from './samples';
import { SavedMenu } from './saved/SavedMenu';
import { type SavedQuery, useSaved } from './saved/saved';
import { defaultText, type QuerySpec, readSpec, sameSpec, specParams } from './spec';
import { StartCards } from './StartCards';
import { useDiscoveredFields, useReference } from './useKnowledge';
import './logs.css';

const roomForBoxes = 900; // pixels: below, the boxes are shown when asked for
const roomForHelp = 1200; // pixels: below, help lies over the page
const nothing: QuerySpec = { groups: [], text: defaultText };

export default function LogsPage() {
  const t = useT();
  const search = useSearch();
  const spec = useMemo(() => readSpec(search), [search]);
  const [draft, setDraft] = useState<QuerySpec>(spec ?? nothing);
  const [open, setOpen] = useState(spec === null);
  const [stored, store] = useSetting('logs.history');
  const past = useMemo(() => readHistory(stored), [stored]);
  // The URL changed (Back, a link, a run): the page shows what it says.
  const shownSpec = useRef(spec);
  if (shownSpec.current !== spec) {
    const changed = !(spec && shownSpec.current && sameSpec(spec, shownSpec.current));
    shownSpec.current = spec;
    if (changed) setDraft(spec ?? nothing);
  }
  const run = useRun(spec && isComplete(spec) ? spec : null);
  const reading = useRef(false);
  useRefreshing(run.again, () => isUnreachable(run.error) || (run.status === 'done' && run.elapsedMs < 2000 && !reading.current));

  const commit = useCallback(
    (next: QuerySpec, options: { record?: boolean; interval?: Interval } = {}) => {
      setDraft(next);
      if (!isComplete(next)) {
        setOpen(true);
        return;
      }
      setOpen(false);
      if (options.record ?? true) store(JSON.stringify(remember(past, next, Date.now())));
      const range = options.interval ? { range: rangeText(absoluteRange(options.interval.start, options.interval.end)) } : {};
      if (spec && sameSpec(spec, next) && !options.interval) run.again();
      else setSearch({ ...specParams(next), sort: null, view: null, measure: null, ...range });
    },
    [past, run, spec, store],
  );
  const runDraft = () => commit(draft);
  useHotkey('mod+Enter', 'logs.keys.run', runDraft);
  useHotkey('r', 'keys.refresh', () => run.again(), { everywhere: true });
  useHotkey('mod+z', 'logs.keys.undo', () => {
    const before = previousQuery(past, spec ?? null);
    if (before) commit({ groups: before.groups, text: before.text }, { record: false });
  });

  const onFilter: RowFilter = (condition, events) => {
    commit({ ...draft, text: events ? addFilter(draft.text, condition) : addResultFilter(draft.text, condition) });
  };
  const onSample = (sample: Sample) => {
    const fits = draft.groups.length > 0 && draft.groups.every((g) => sample.prefixes.some((p) => g.startsWith(p)));
    commit(fits ? { groups: draft.groups, text: sample.text } : { groups: [], text: setSource(sample.text, sample.prefixes) });
  };
  const saved = useSaved();
  // A query saved without groups is meant for those that are chosen.
  const onSaved = (one: SavedQuery) => commit({ groups: one.groups.length > 0 || sourceOf(one.text) ? one.groups : draft.groups, text: one.text });
  const source = sourceOf(draft.text)?.prefixes ?? null;
  const problem = useMemo(() => (run.status === 'error' && run.spec?.text === draft.text ? problemOf(run.error, draft.text) : null), [run.status, run.error, run.spec, draft.text]);
  const reference = useReference();
  const groupFields = useGroupFields(draft);
  const fields = useDiscoveredFields(run.shown?.table, groupFields);
  const [help, setHelp] = useSetting('logs.help');
  const editor = useRef<EditorHandle>(null);
  useHotkey('mod+i', 'logs.keys.help', () => setHelp(help === 'on' ? null : 'on'));
  const boxFields = useMemo(() => [...new Set([...fields, ...reference.filter((e) => e.kind === 'field').map((e) => e.name)])], [fields, reference]);
  const [boxSetting, setBoxSetting] = useSetting('logs.boxes');
  const boxes = (boxSetting ?? (window.innerWidth >= roomForBoxes ? 'on' : 'off')) === 'on';
  const any = useAnyGroups();
  return (
    // ⌘Z while something is typed undoes typing, not the query.
    <div className="sw-stack sw-logs" data-help={help === 'on' || undefined} onKeyDown={(event) => isTypedUndo(event.nativeEvent) && event.nativeEvent.stopPropagation()}>
      <PageTitle
        title={t('logs.title')}
        actions={
          <>
            <LogsMode mode="query" groups={draft.groups} />
            <button type="button" className="sw-button" aria-pressed={boxes} title={t(boxes ? 'logs.boxes.hide' : 'logs.boxes.show')} onClick={() => setBoxSetting(boxes ? 'off' : 'on')}>
              {t('logs.boxes')}
            </button>
            <SamplesMenu onPick={onSample} />
            <SavedMenu saved={saved} draft={draft} onPick={onSaved} />
            <HistoryMenu past={past} onPick={(one) => commit({ groups: one.groups, text: one.text })} onClear={() => store(null)} />
            <button type="button" className="sw-button" aria-pressed={help === 'on'} title={comboText('mod+i')} onClick={() => setHelp(help === 'on' ? null : 'on')}>
              {t('logs.help')}
            </button>
          </>
        }
      />
      {any === false && !spec ? <NoLogs /> : null}
      <section hidden={any === false && !spec} className="sw-panel sw-query" aria-label={t('logs.query')}>
        <GroupPicker
          groups={draft.groups}
          source={source}
          onGroups={(groups) => setDraft({ groups, text: source === null ? draft.text : setSource(draft.text, null) })}
          onSource={(prefixes) => {
            setDraft({ groups: prefixes === null ? draft.groups : [], text: setSource(draft.text, prefixes) });
            if (prefixes !== null) setOpen(false);
          }}
          open={open}
          onOpen={setOpen}
        />
        {boxes ? <BoxRow text={draft.text} fields={boxFields} onText={(text) => setDraft({ ...draft, text })} /> : null}
        <QueryBox
          label={t('logs.editor', { key: comboText('mod+Enter') })}
          placeholder={t('logs.editor.placeholder')}
          value={draft.text}
          onChange={(text) => setDraft((before) => ({ ...before, text }))}
          onRun={runDraft}
          reference={reference}
          fields={fields}
          problem={problem}
          handle={editor}
        />
        <RunBar run={run} text={draft.text} ready={isComplete(draft)} onRun={runDraft} onText={(text) => commit({ ...draft, text })} />
        {run.status === 'error' ? (
          <ErrorBox
            error={run.error}
            onRetry={isRefused(run.error) ? undefined : run.again}
            action={problem ? { label: t('logs.error.place'), onClick: () => editor.current?.select(problem.start, problem.end) } : undefined}
          />
        ) : null}
      </section>
      <Histogram run={run} />
      <ResultPanel run={run} onFilter={onFilter} onGo={(drill) => commit(drill.spec, { interval: drill.interval })} onReading={(now) => (reading.current = now)} />
      {!spec && any !== false ? <StartCards saved={saved.list} onSaved={onSaved} onSample={onSample} /> : null}
      {help === 'on' ? (
        <HelpPanel
          reference={reference}
          fields={groupFields}
          onExample={(text) => {
            setDraft((before) => ({ ...before, text: source !== null && !sourceOf(text) ? setSource(text, source) : text }));
            if (window.innerWidth < roomForHelp) setHelp(null);
          }}
          onField={(name) => {
            if (window.innerWidth < roomForHelp) setHelp(null);
            if (editor.current) editor.current.insert(name);
            else setDraft((before) => ({ ...before, text: `${before.text} ${name}` }));
          }}
          onClose={() => setHelp(null)}
        />
      ) : null}
    </div>
  );
}

/** A query needs groups, of its own or through SOURCE. */
function isComplete(spec: QuerySpec): boolean {
  return spec.text.trim() !== '' && (spec.groups.length > 0 || sourceOf(spec.text) !== null);
}

function isTypedUndo(event: KeyboardEvent): boolean {
  return event.key.toLowerCase() === 'z' && (event.metaKey || event.ctrlKey) && !!(event.target as HTMLElement).closest('input, textarea, .cm-editor');
}

/** false when the server has no log group at all; null until known. */
function useAnyGroups(): boolean | null {
  const { ui, scope } = useApi();
  const query = useQuery({ queryKey: ['log-groups', scope, 'any'], queryFn: ({ signal }) => ui<LogGroups>('loggroups', { signal, params: { limit: 1 } }), staleTime: 60_000 });
  return query.data ? query.data.total > 0 : null;
}

/** The shell's refresh invalidates every query; this one exists to be told, and runs again when allowed. */
function useRefreshing(again: () => void, allowed: () => boolean): void {
  const tick = useQuery({ queryKey: ['logs-tick'], queryFn: () => Date.now(), staleTime: Infinity });
  const latest = useRef({ again, allowed });
  useEffect(() => {
    latest.current = { again, allowed };
  });
  const first = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (tick.data === undefined) return;
    if (first.current !== undefined && first.current !== tick.data && latest.current.allowed()) latest.current.again();
    first.current = tick.data;
  }, [tick.data]);
}
