// Finding a name by what was typed of it.

export interface Target {
  name: string;
  kind: string;
  path: string;
}

/** How well text fits name; null when a word of it does not occur. Smaller is better. */
export function matchRank(name: string, text: string): number | null {
  const lower = name.toLowerCase();
  let rank = 0;
  for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = lower.indexOf(word);
    if (at < 0) return null;
    const startsWord = at === 0 || /[^a-z0-9가-힣]/.test(lower[at - 1] ?? '');
    rank += at === 0 ? 0 : startsWord ? 1 : 2;
  }
  return rank;
}

/** The best fitting targets, better fits first, shorter names first among equals. */
export function matchTargets(targets: readonly Target[], text: string, limit: number): Target[] {
  if (text.trim() === '') return targets.slice(0, limit);
  return targets
    .map((target) => ({ target, rank: matchRank(target.name, text) }))
    .filter((entry): entry is { target: Target; rank: number } => entry.rank !== null)
    .sort((a, b) => a.rank - b.rank || a.target.name.length - b.target.name.length || a.target.name.localeCompare(b.target.name))
    .slice(0, limit)
    .map((entry) => entry.target);
}
