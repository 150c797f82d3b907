// Choosing log groups: what "all matching" can mean.
import { maxGroups } from '../spec';

/** The longest text that all names begin with. */
export function commonPrefix(names: readonly string[]): string {
  let prefix = names[0] ?? '';
  for (const name of names) {
    let n = 0;
    while (n < prefix.length && prefix[n] === name[n]) n++;
    prefix = prefix.slice(0, n);
  }
  return prefix;
}

/** The chosen groups plus more, up to the most that a query names, or another bound. */
export function plusGroups(chosen: readonly string[], more: readonly string[], most = maxGroups): string[] {
  return [...new Set([...chosen, ...more])].slice(0, most);
}
