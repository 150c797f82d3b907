// Colours for query text from our own tokens. A query has at most 10,000
// characters, so all of it is coloured at every change.
import { RangeSetBuilder, type Text } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import { tokenise, type TokenKind } from '../lang/lexer';

const kinds: TokenKind[] = ['command', 'call', 'keyword', 'number', 'string', 'regex', 'comment', 'pipe', 'subpipe', 'operator', 'unknown'];
const marks = new Map(kinds.map((kind) => [kind, Decoration.mark({ class: `sw-ql-${kind}` })]));

function colours(doc: Text): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const token of tokenise(doc.toString())) {
    const mark = marks.get(token.kind);
    if (mark) builder.add(token.start, token.end, mark);
  }
  return builder.finish();
}

export const highlighting = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = colours(view.state.doc);
    }
    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = colours(update.state.doc);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
