// The place of the query editor: a text area until the editor has loaded.
import { lazy, type RefObject, Suspense } from 'react';
import type { Entry } from '../lang/complete';
import './QueryBox.css';

export interface Problem {
  /** UTF-16 offsets into the text. */
  start: number;
  end: number;
  message: string;
}

/** What others may do in the editor; both take the focus there. */
export interface EditorHandle {
  /** Writes a text in the place of what is selected. */
  insert: (text: string) => void;
  /** UTF-16 offsets into the text. */
  select: (start: number, end: number) => void;
}

export interface QueryBoxProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (text: string) => void;
  onRun: () => void;
  reference: readonly Entry[];
  /** Fields seen in results. */
  fields: readonly string[];
  problem: Problem | null;
  autoFocus?: boolean;
  /** Set while the editor is there. */
  handle?: RefObject<EditorHandle | null>;
}

const QueryEditor = lazy(() => import('./QueryEditor'));

export function QueryBox(props: QueryBoxProps) {
  return (
    <Suspense fallback={<PlainBox {...props} />}>
      <QueryEditor {...props} />
    </Suspense>
  );
}

function PlainBox({ label, placeholder, value, onChange, onRun }: QueryBoxProps) {
  return (
    <textarea
      className="sw-ql sw-ql-plain sw-mono"
      aria-label={label}
      placeholder={placeholder}
      spellCheck={false}
      rows={Math.max(3, value.split('\n').length)}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
        event.preventDefault();
        onRun();
      }}
    />
  );
}
