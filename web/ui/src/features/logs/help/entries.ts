// The language's words for reading: in the page's language, found by words, in
// the order of what one needs first.
import type { MessageKey } from '@/lib/i18n';
import type { Entry } from '../lang/complete';

export const sections: readonly { title: MessageKey; kinds: readonly Entry['kind'][] }[] = [
  { title: 'logs.help.commands', kinds: ['command'] },
  { title: 'logs.help.aggregates', kinds: ['aggregate'] },
  { title: 'logs.help.functions', kinds: ['function'] },
  { title: 'logs.help.words', kinds: ['operator', 'keyword'] },
  { title: 'logs.help.fields', kinds: ['field'] },
];

/** The entries with the help of another language; one that it lacks keeps its own. */
export function translated(entries: readonly Entry[], texts: Readonly<Record<string, string>>): Entry[] {
  return entries.map((e) => ({ ...e, help: texts[`${e.kind} ${e.name}`] ?? e.help }));
}

/** Entries that hold every word of the question; those whose name begins with it come first. */
export function findEntries(entries: readonly Entry[], question: string): Entry[] {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  const first = words[0];
  if (first === undefined) return [...entries];
  const found = entries.filter((e) => {
    const text = `${e.name} ${e.syntax} ${e.help}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const rank = (e: Entry) => (e.name.toLowerCase().startsWith(first) ? 0 : e.name.toLowerCase().includes(first) ? 1 : 2);
  return found.sort((a, b) => rank(a) - rank(b)); // equals keep their order
}
