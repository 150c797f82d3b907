// The query editor: CodeMirror 6 with colours, completion, hover help and the
// server's errors underlined. Loaded lazily; QueryBox shows a plain text area
// until it is there.
import { acceptCompletion, closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { setDiagnostics } from '@codemirror/lint';
import { EditorState, Prec, Transaction } from '@codemirror/state';
import { drawSelection, EditorView, keymap, placeholder, tooltips } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { completion, type Knowledge } from './completion';
import { highlighting } from './highlight';
import type { QueryBoxProps } from './QueryBox';

export default function QueryEditor(props: QueryBoxProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const know = (): Knowledge => ({ reference: latest.current.reference, fields: latest.current.fields });
    const run = () => {
      latest.current.onRun();
      return true;
    };
    const made = new EditorView({
      parent: host.current as HTMLElement,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          history(),
          drawSelection(),
          EditorView.lineWrapping,
          highlighting,
          closeBrackets(),
          completion(know),
          tooltips({ position: 'fixed', parent: document.body }),
          placeholder(latest.current.placeholder),
          EditorView.contentAttributes.of({ 'aria-label': latest.current.label, spellcheck: 'false', autocapitalize: 'off' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
          Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
          // Tab takes a completion and otherwise leaves the editor, as keyboard users need it.
          keymap.of([{ key: 'Tab', run: acceptCompletion }, ...closeBracketsKeymap, ...historyKeymap, ...defaultKeymap]),
        ],
      }),
    });
    view.current = made;
    if (latest.current.autoFocus) made.focus();
    const { handle } = latest.current;
    if (handle) {
      handle.current = {
        insert: (text) => {
          made.dispatch(made.state.replaceSelection(text), { userEvent: 'input', scrollIntoView: true });
          made.focus();
        },
        select: (start, end) => {
          const within = (at: number) => Math.min(at, made.state.doc.length);
          made.dispatch({ selection: { anchor: within(start), head: within(end) }, scrollIntoView: true });
          made.focus();
        },
      };
    }
    return () => {
      view.current = null;
      if (handle) handle.current = null;
      made.destroy();
    };
  }, []);

  const { value, problem } = props;
  useEffect(() => {
    const made = view.current;
    if (!made || made.state.doc.toString() === value) return;
    made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: value }, annotations: Transaction.addToHistory.of(true) });
  }, [value]);
  useEffect(() => {
    const made = view.current;
    if (!made) return;
    const length = made.state.doc.length;
    const from = Math.min(problem?.start ?? 0, Math.max(0, length - 1));
    const to = Math.min(Math.max(problem?.end ?? 0, from + 1), length);
    made.dispatch(setDiagnostics(made.state, problem ? [{ from, to, severity: 'error', message: problem.message }] : []));
  }, [problem]);
  return <div ref={host} className="sw-ql" />;
}
