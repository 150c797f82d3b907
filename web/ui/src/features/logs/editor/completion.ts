// Completion and hover help of the query editor.
import { autocompletion, type Completion, type CompletionContext, type CompletionResult, completionKeymap } from '@codemirror/autocomplete';
import { type Extension, Prec } from '@codemirror/state';
import { type EditorView, hoverTooltip, keymap } from '@codemirror/view';
import { type Choice, choicesAt, type Entry, helpAt } from '../lang/complete';

/** What completion knows; read anew each time. */
export interface Knowledge {
  reference: readonly Entry[];
  fields: readonly string[];
}

const types: Record<Entry['kind'], string> = { command: 'keyword', function: 'function', aggregate: 'function', operator: 'operator', keyword: 'keyword', field: 'variable' };

function help(entry: Pick<Entry, 'syntax' | 'help'>): HTMLElement {
  const box = document.createElement('div');
  box.className = 'sw-ql-help';
  const syntax = document.createElement('code');
  syntax.textContent = entry.syntax;
  const text = document.createElement('div');
  text.textContent = entry.help;
  box.append(syntax, text);
  return box;
}

/** Functions bring their parentheses, with the cursor inside unless they take nothing. */
function insert(choice: Choice) {
  return (view: EditorView, _completion: Completion, from: number, to: number) => {
    const call = choice.kind === 'function' || choice.kind === 'aggregate';
    const follows = view.state.sliceDoc(to, to + 1);
    const given = choice.name === 'count' ? '*' : choice.name === 'bin' ? '5m' : '';
    const empty = /\(\)$/.test(choice.syntax);
    const text = call && follows !== '(' ? `${choice.name}(${given})` : choice.name + (choice.kind === 'command' || choice.kind === 'keyword' ? (follows === ' ' ? '' : ' ') : '');
    const cursor = call && follows !== '(' && !given && !empty ? from + text.length - 1 : from + text.length;
    view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: cursor }, userEvent: 'input.complete', scrollIntoView: true });
  };
}

export function completion(know: () => Knowledge): Extension {
  const source = (context: CompletionContext): CompletionResult | null => {
    const { reference, fields } = know();
    const found = choicesAt(context.state.doc.toString(), context.pos, reference, fields);
    if (!found || (found.from === context.pos && !context.explicit && !startsAnew(context))) return null;
    return {
      from: found.from,
      options: found.choices.map((c) => ({ label: c.name, type: types[c.kind], boost: c.rank * 5, info: c.help ? () => help(c) : undefined, apply: insert(c) })),
      validFor: /^[\p{L}\p{N}_@.`=~]*$/u,
    };
  };
  return [
    autocompletion({ override: [source], icons: false, defaultKeymap: false, activateOnTypingDelay: 30 }),
    Prec.high(keymap.of([...completionKeymap])),
    hoverTooltip((view, pos) => {
      const found = helpAt(view.state.doc.toString(), pos, know().reference);
      return found ? { pos: found.start, end: found.end, above: true, create: () => ({ dom: help(found.entry) }) } : null;
    }),
  ];
}

/** Behind a pipe the commands are offered without asking. */
function startsAnew(context: CompletionContext): boolean {
  return /\|\s*$/.test(context.state.sliceDoc(Math.max(0, context.pos - 20), context.pos));
}
