// The navigation at the side; over the page on narrow screens.
import { useLocation } from 'wouter';
import { AppLink } from '@/components/AppLink';
import { useT } from '@/lib/i18n';
import { navSections } from './pages';
import { ScopeSelect } from './ScopeSelect';

export function SideNav({ onChoose, footer }: { onChoose: () => void; footer: string }) {
  const t = useT();
  const [path] = useLocation();
  const item = (to: string, label: string) => {
    const current = path === to || path.startsWith(`${to}/`);
    return (
      <li key={to}>
        <AppLink to={to} aria-current={current ? 'page' : undefined} onClick={onChoose}>
          {label}
        </AppLink>
      </li>
    );
  };
  return (
    <nav id="sw-nav" className="sw-nav" aria-label={t('nav.label')}>
      <div className="sw-nav-scope">
        <ScopeSelect />
      </div>
      {navSections.map((section) => (
        <div key={section.label}>
          <div className="sw-nav-label">{t(section.label)}</div>
          <ul>{section.pages.map((page) => item(page.path, t(page.label)))}</ul>
        </div>
      ))}
      <ul className="sw-nav-last">{item('/settings', t('nav.settings'))}</ul>
      <div className="sw-nav-footer">{footer}</div>
    </nav>
  );
}
