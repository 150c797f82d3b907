// The frame around every page: top bar, navigation, demo progress, keys.
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { useRecovery, useSession } from '@/api/hooks';
import { useFormat, useT } from '@/lib/i18n';
import { useHotkey } from '@/lib/keys';
import { useAutoRefreshTimer } from '@/lib/rangeState';
import { SideNav } from './SideNav';
import { TopBar } from './TopBar';
import './AppShell.css';

const HelpOverlay = lazy(() => import('./HelpOverlay').then((m) => ({ default: m.HelpOverlay })));
const SignIn = lazy(() => import('./SignIn').then((m) => ({ default: m.SignIn })));
const QuickSwitcher = lazy(() => import('./QuickSwitcher').then((m) => ({ default: m.QuickSwitcher })));

export function AppShell({ children }: { children: ReactNode }) {
  const t = useT();
  const session = useSession();
  const [navOpen, setNavOpen] = useState(false);
  const [overlay, setOverlay] = useState<'help' | 'find' | null>(null);
  const lost = useRecovery();
  useAutoRefreshTimer();
  useHotkey('?', 'keys.help', () => setOverlay('help'), { everywhere: true });
  useHotkey('mod+k', 'keys.find', () => setOverlay('find'), { everywhere: true });
  useEffect(() => {
    if (!navOpen) return;
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && setNavOpen(false);
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navOpen]);
  const close = () => setOverlay(null);
  return (
    <div className={`sw-shell ${navOpen ? 'sw-shell-nav-open' : ''}`}>
      <a className="sw-skip" href="#sw-main">
        {t('nav.skip')}
      </a>
      <TopBar navOpen={navOpen} onNav={() => setNavOpen(!navOpen)} onHelp={() => setOverlay('help')} onFind={() => setOverlay('find')} />
      {lost ? (
        <div className="sw-lost" role="status">
          {t('error.lost')}
        </div>
      ) : (
        <DemoProgress />
      )}
      <SideNav onChoose={() => setNavOpen(false)} footer={session.data ? `${t('app.name')} ${session.data.version}` : ''} />
      <div className="sw-nav-shade" onClick={() => setNavOpen(false)} />
      <main id="sw-main" tabIndex={-1}>
        <Suspense fallback={null}>
        {session.data?.authRequired && !session.data.signedIn ? <SignIn /> : children}
        </Suspense>
      </main>
      <Suspense fallback={null}>
        {overlay === 'help' ? <HelpOverlay onClose={close} /> : null}
        {overlay === 'find' ? <QuickSwitcher onClose={close} /> : null}
      </Suspense>
    </div>
  );
}

/** A slim bar while the simulated account fills its history. */
function DemoProgress() {
  const t = useT();
  const format = useFormat();
  const demo = useSession().data?.demo;
  if (!demo || demo.phase !== 'backfill') return null;
  const text = t('demo.backfill', { percent: format.percent(demo.done * 100) });
  return (
    <div className="sw-demo" role="progressbar" aria-valuenow={Math.round(demo.done * 100)} aria-valuemin={0} aria-valuemax={100} aria-label={text}>
      <span style={{ width: `${Math.min(100, demo.done * 100)}%` }} />
      <em>{text}</em>
    </div>
  );
}
