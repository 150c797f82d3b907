// What is wrong with the fleet, worst first: which resource, since when, why,
// what to do, and one click to its page at the right time.
import { useState } from 'react';
import type { Fleet } from '@/api/types';
import { AppLink } from '@/components/AppLink';
import { StatusBadge, StatusIcon } from '@/components/StatusBadge';
import { useFormat, useT } from '@/lib/i18n';
import { type Problem, problemRange, rankProblems } from './problems';
import { ruleName, sinceText, warningWords } from './rules';

const shownAtFirst = 6;

export function ProblemList({ fleet, path }: { fleet: Fleet; path: string }) {
  const t = useT();
  const format = useFormat();
  const [all, setAll] = useState(false);
  const problems = rankProblems(fleet);
  const notes = fleet.resources.filter((r) => r.warnings[0]?.severity === 'info').length;
  const shown = all ? problems : problems.slice(0, shownAtFirst);
  return (
    <section className="sw-panel" aria-labelledby="sw-problems">
      <div className="sw-row">
        <h2 id="sw-problems">{t('problems.title')}</h2>
        {problems.length > 0 ? <span className="sw-secondary">{format.exact(problems.length)}</span> : null}
        <AppLink to="/settings" className="sw-page-actions">
          {t('problems.settings')}
        </AppLink>
      </div>
      {problems.length === 0 ? (
        <p className="sw-problems-none">
          <StatusBadge status="ok" text={t('problems.none')} /> {notes > 0 ? <span className="sw-secondary">{t('problems.notes', { n: notes })}</span> : null}
        </p>
      ) : (
        <ol className="sw-problems">
          {shown.map((problem) => (
            <ProblemRow key={problem.resource.name} problem={problem} fleet={fleet} path={path} />
          ))}
        </ol>
      )}
      {problems.length > shownAtFirst ? (
        <button type="button" className="sw-plain-button" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t('problems.fewer') : t('problems.all', { n: format.exact(problems.length) })}
        </button>
      ) : null}
    </section>
  );
}

function ProblemRow({ problem, fleet, path }: { problem: Problem; fleet: Fleet; path: string }) {
  const t = useT();
  const format = useFormat();
  const { resource, warnings } = problem;
  const worst = warnings[0];
  if (!worst) return null;
  const words = warningWords(fleet.kind, worst, t, format);
  const range = problemRange(worst, fleet);
  const also = warnings.slice(1).map((w) => ruleName(fleet.kind, w.rule, t));
  return (
    <li className="sw-problem">
      <StatusIcon status={worst.severity} />
      <div className="sw-problem-text">
        <div>
          <span className="sw-visually-hidden">{t(`severity.${worst.severity}`)}: </span>
          <AppLink to={`${path}/${encodeURIComponent(resource.name)}`} params={range ? { range } : {}} className="sw-problem-name">
            {resource.name}
          </AppLink>{' '}
          <strong>{words.name}</strong>{' '}
          {worst.since !== null ? <span className="sw-secondary">{sinceText(worst, fleet, t, format)}</span> : null}
        </div>
        <div>
          {words.text} {also.length > 0 ? <span className="sw-secondary">{t('problems.also', { list: also.join(', ') })}</span> : null}
        </div>
        <div className="sw-secondary sw-problem-advice">{words.advice}</div>
      </div>
    </li>
  );
}
