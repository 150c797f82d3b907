// Whose data the page shows: a choice when there are several scopes.
import { useSession } from '@/api/hooks';
import { useT } from '@/lib/i18n';
import { useScope } from '@/lib/scope';
import { setSearch } from '@/lib/urlstate';

export function ScopeSelect() {
  const t = useT();
  const session = useSession();
  const chosen = useScope();
  const scopes = (session.data?.scopes ?? []).map((s) => `${s.account}/${s.region}`);
  const current = chosen ?? scopes[0] ?? '';
  if (current && !scopes.includes(current)) scopes.unshift(current);
  if (scopes.length === 0) return null;
  if (scopes.length === 1) {
    return (
      <span className="sw-scope-one" title={t('top.scope')}>
        {current.replace('/', ' · ')}
      </span>
    );
  }
  return (
    <select className="sw-field sw-scope" aria-label={t('top.scope')} value={current} onChange={(e) => setSearch({ scope: e.target.value })}>
      {scopes.map((scope) => (
        <option key={scope} value={scope}>
          {scope.replace('/', ' · ')}
        </option>
      ))}
    </select>
  );
}
