// The small forms that boxes open.
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useT } from '@/lib/i18n';
import { aggregateFunctions, type AggregateFunction, type Boxes, type Comparison, comparisons, type Condition } from './boxes';

interface FormProps {
  onSubmit: () => void;
  ready: boolean;
  children: ReactNode;
}

function SmallForm({ onSubmit, ready, children }: FormProps) {
  const t = useT();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) onSubmit();
  };
  return (
    <form className="sw-box-form" onSubmit={submit}>
      {children}
      <button type="submit" className="sw-button sw-button-primary" disabled={!ready}>
        {t('logs.boxes.apply')}
      </button>
    </form>
  );
}

function FieldInput({ value, fields, onChange, autoFocus = false }: { value: string; fields: readonly string[]; onChange: (value: string) => void; autoFocus?: boolean }) {
  const t = useT();
  const id = useId();
  return (
    <label>
      {t('logs.boxes.field')}
      <input className="sw-field sw-mono" list={id} value={value} spellCheck={false} autoComplete="off" data-autofocus={autoFocus || undefined} onChange={(event) => onChange(event.target.value)} />
      <datalist id={id}>
        {fields.map((f) => (
          <option key={f} value={f} />
        ))}
      </datalist>
    </label>
  );
}

export function AggregateForm({ fields, start, onApply }: { fields: readonly string[]; start?: { fn: AggregateFunction; field: string }; onApply: (fn: AggregateFunction, field: string) => void }) {
  const t = useT();
  const [fn, setFn] = useState<AggregateFunction>(start?.fn ?? 'count');
  const [field, setField] = useState(start?.field ?? '');
  return (
    <SmallForm ready={fn === 'count' || field.trim() !== ''} onSubmit={() => onApply(fn, field.trim())}>
      <label>
        {t('logs.boxes.what')}
        <select className="sw-field" data-autofocus value={fn} onChange={(event) => setFn(event.target.value as AggregateFunction)}>
          {aggregateFunctions.map((f) => (
            <option key={f} value={f}>
              {t(`logs.boxes.fn.${f}`)}
            </option>
          ))}
        </select>
      </label>
      <FieldInput value={field} fields={fields} onChange={setField} />
    </SmallForm>
  );
}

export function ConditionForm({ fields, start, onApply }: { fields: readonly string[]; start?: Condition; onApply: (condition: Condition) => void }) {
  const t = useT();
  const [field, setField] = useState(start?.field ?? '@message');
  const [comparison, setComparison] = useState<Comparison>(start?.comparison ?? 'like');
  const [value, setValue] = useState(start?.value ?? '');
  const valued = comparison !== 'ispresent';
  return (
    <SmallForm ready={field.trim() !== ''} onSubmit={() => onApply({ field: field.trim(), comparison, value: valued ? value : '' })}>
      <FieldInput value={field} fields={fields} onChange={setField} autoFocus />
      <label>
        {t('logs.boxes.comparison')}
        <select className="sw-field" value={comparison} onChange={(event) => setComparison(event.target.value as Comparison)}>
          {comparisons.map((c) => (
            <option key={c} value={c}>
              {c === 'like' || c === 'not like' || c === 'ispresent' ? t(`logs.boxes.is.${c}`) : c}
            </option>
          ))}
        </select>
      </label>
      {valued ? (
        <label>
          {t('logs.boxes.value')}
          <input className="sw-field sw-mono" value={value} spellCheck={false} onChange={(event) => setValue(event.target.value)} />
        </label>
      ) : null}
    </SmallForm>
  );
}

const bins = ['1m', '5m', '15m', '1h', '6h', '1d'];

export function KeyForm({ fields, start, onApply }: { fields: readonly string[]; start?: string; onApply: (expression: string) => void }) {
  const t = useT();
  const [field, setField] = useState(start ?? '');
  return (
    <SmallForm ready={field.trim() !== ''} onSubmit={() => onApply(field.trim())}>
      <FieldInput value={field} fields={fields} onChange={setField} autoFocus />
      <div className="sw-box-bins" role="group" aria-label={t('logs.boxes.bins')}>
        <span>{t('logs.boxes.bins')}</span>
        {bins.map((b) => (
          <button key={b} type="button" className="sw-log-chip" onClick={() => onApply(`bin(${b})`)}>
            {b}
          </button>
        ))}
      </div>
    </SmallForm>
  );
}

export function OrderForm({ fields, start, onApply }: { fields: readonly string[]; start?: NonNullable<Boxes['order']>; onApply: (order: NonNullable<Boxes['order']>) => void }) {
  const t = useT();
  const [field, setField] = useState(start?.field ?? fields[0] ?? '');
  const [descending, setDescending] = useState(start?.descending ?? true);
  return (
    <SmallForm ready={field.trim() !== ''} onSubmit={() => onApply({ field: field.trim(), descending })}>
      <FieldInput value={field} fields={fields} onChange={setField} autoFocus />
      <label>
        {t('logs.boxes.direction')}
        <select className="sw-field" value={descending ? 'desc' : 'asc'} onChange={(event) => setDescending(event.target.value === 'desc')}>
          <option value="desc">{t('logs.boxes.desc')}</option>
          <option value="asc">{t('logs.boxes.asc')}</option>
        </select>
      </label>
    </SmallForm>
  );
}
