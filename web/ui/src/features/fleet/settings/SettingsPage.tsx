// The warning rules: what each means, its limits, what to do when it fires.
import Button from '@cloudscape-design/components/button';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useApi } from '@/api/hooks';
import type { FleetKind, Thresholds } from '@/api/types';
import { ErrorBox } from '@/components/ErrorBox';
import { PageTitle } from '@/components/PageTitle';
import { StatusBadge } from '@/components/StatusBadge';
import { useFormat, useT } from '@/lib/i18n';
import { defaultThresholds, type Rule, type RuleLimit, ruleKey, rules } from '../shared/rules';
import { parseDraft, toDraft, type Draft } from './draft';
import './SettingsPage.css';

const kinds: FleetKind[] = ['lambda', 'glue', 'apigateway', 's3'];
const path = 'settings/thresholds';

export default function SettingsPage() {
  const t = useT();
  const { ui, scope } = useApi();
  const query = useQuery({ queryKey: ['thresholds', scope], queryFn: ({ signal }) => ui<Thresholds>(path, { signal }) });
  return (
    <div className="sw-stack">
      <PageTitle title={t('settings.title')} />
      <h2>{t('settings.thresholds')}</h2>
      {query.isError ? <ErrorBox error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.data ? <ThresholdsForm key={scope} stored={query.data} /> : null}
    </div>
  );
}

function ThresholdsForm({ stored }: { stored: Thresholds }) {
  const t = useT();
  const { ui, scope } = useApi();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>(() => toDraft(stored));
  const parsed = parseDraft(draft);
  const save = useMutation({
    mutationFn: (body: Thresholds) => ui<Thresholds>(path, { method: 'PUT', body }),
    onSuccess: (answer) => {
      client.setQueryData(['thresholds', scope], answer);
      setDraft(toDraft(answer));
      void client.invalidateQueries({ queryKey: ['fleet'] });
    },
  });
  const changed = Object.keys(stored).some((name) => Number(draft[name]) !== stored[name]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (parsed.ok) save.mutate({ ...stored, ...parsed.value });
  };
  const set = (name: string, value: string) => {
    save.reset();
    setDraft((old) => ({ ...old, [name]: value }));
  };
  return (
    <form className="sw-stack" onSubmit={submit} noValidate>
      <p className="sw-secondary sw-settings-intro">{t('settings.intro')}</p>
      {kinds.map((kind) => (
        <section key={kind} className="sw-panel" aria-labelledby={`sw-rules-${kind}`}>
          <h2 id={`sw-rules-${kind}`}>{t(`fleet.${kind}.title`)}</h2>
          <div className="sw-rules">
            {rules
              .filter((rule) => rule.kind === kind)
              .map((rule) => (
                <RuleRow key={rule.rule} rule={rule} draft={draft} bad={parsed.bad} onChange={set} />
              ))}
          </div>
        </section>
      ))}
      {save.isError ? <ErrorBox error={save.error} /> : null}
      <div className="sw-row sw-settings-actions">
        <Button variant="primary" formAction="submit" disabled={!changed || !parsed.ok} loading={save.isPending}>
          {t('settings.save')}
        </Button>
        <Button formAction="none" onClick={() => setDraft(toDraft({ ...stored, ...defaultThresholds }))}>
          {t('settings.defaults')}
        </Button>
        <span role="status">{save.isSuccess ? <StatusBadge status="ok" text={t('settings.saved')} /> : changed ? t('settings.unsaved') : ''}</span>
      </div>
    </form>
  );
}

interface RuleRowProps {
  rule: Rule;
  draft: Draft;
  bad: ReadonlySet<string>;
  onChange: (name: string, value: string) => void;
}

function RuleRow({ rule, draft, bad, onChange }: RuleRowProps) {
  const t = useT();
  const say = (part: 'name' | 'means' | 'advice') => {
    const key = ruleKey(rule.kind, rule.rule, part);
    return key ? t(key) : '';
  };
  const shared = rule.kind === 's3' && rule.rule === 'errors';
  return (
    <div className="sw-rule">
      <div>
        <h3>{say('name')}</h3>
        <p>{say('means')}</p>
        <p className="sw-secondary">
          {t('settings.advice')}: {say('advice')}
        </p>
      </div>
      <div className="sw-limits">
        {rule.limits.map((limit) => (
          <LimitField key={limit.name} limit={limit} value={draft[limit.name] ?? ''} bad={bad.has(limit.name)} onChange={(value) => onChange(limit.name, value)} />
        ))}
        {rule.limits.length === 0 ? <span className="sw-secondary">{t(shared ? 'settings.sharedLimit' : 'settings.noLimit')}</span> : null}
      </div>
    </div>
  );
}

function LimitField({ limit, value, bad, onChange }: { limit: RuleLimit; value: string; bad: boolean; onChange: (value: string) => void }) {
  const t = useT();
  const format = useFormat();
  const note = bad ? t('settings.bad') : t('settings.default', { value: format.value(defaultThresholds[limit.name] ?? null, limit.unit) });
  const id = `sw-limit-${limit.name}`;
  return (
    <div className="sw-limit">
      <label htmlFor={id}>{t(`limit.${limit.name as 'memoryHigh'}`)}</label>
      <span className="sw-row">
        <input id={id} className="sw-field" inputMode="decimal" value={value} aria-invalid={bad} aria-describedby={`${id}-note`} onChange={(event) => onChange(event.target.value)} />
        {t(limit.unit === 'Percent' ? 'unit.percent' : 'unit.ms')}
      </span>
      <small id={`${id}-note`} className={bad ? 'sw-limit-bad' : 'sw-secondary'}>
        {note}
      </small>
    </div>
  );
}
