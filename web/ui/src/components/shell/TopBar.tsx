// The bar above every page: name, whose data, time range, refresh, preferences.
import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { ui } from '@/api/client';
import { useSession } from '@/api/hooks';
import { AppLink } from '@/components/AppLink';
import { Popup } from '@/components/Popup';
import { useFormat, useLocaleChoice, useT, useUtcChoice } from '@/lib/i18n';
import { useHotkey } from '@/lib/keys';
import { autoRefreshChoices, useAutoRefresh, useRefresh } from '@/lib/rangeState';
import { themes, useThemeChoice } from '@/lib/theme';
import { Icon } from './Icon';
import { RangePicker } from './RangePicker';
import { ScopeSelect } from './ScopeSelect';

interface TopBarProps {
  navOpen: boolean;
  onNav: () => void;
  onHelp: () => void;
  onFind: () => void;
}

export function TopBar({ navOpen, onNav, onHelp, onFind }: TopBarProps) {
  const t = useT();
  return (
    <header className="sw-top">
      <button type="button" className="sw-top-button sw-nav-toggle" aria-label={t(navOpen ? 'nav.close' : 'nav.open')} aria-expanded={navOpen} onClick={onNav}>
        <Icon name={navOpen ? 'close' : 'menu'} />
      </button>
      <AppLink to="/lambda" className="sw-top-name">
        <img src="/favicon.svg" width="24" height="24" alt="" />
        <span>{t('app.name')}</span>
      </AppLink>
      <div className="sw-top-scope">
        <ScopeSelect />
      </div>
      <button type="button" className="sw-top-button sw-find-button" onClick={onFind} title={t('find.title')}>
        <Icon name="search" />
        <span>{t('top.find')}</span>
      </button>
      <div className="sw-top-space" />
      <RangePicker />
      <RefreshButton />
      <Preferences onHelp={onHelp} />
    </header>
  );
}

function RefreshButton() {
  const t = useT();
  const refresh = useRefresh();
  const busy = useIsFetching() > 0;
  useHotkey('r', 'keys.refresh', refresh, { everywhere: true });
  return (
    <button type="button" className="sw-top-button" aria-label={t('top.refresh')} title={`${t('top.refresh')}  r`} onClick={refresh}>
      <span className={busy ? 'sw-spin' : undefined}>
        <Icon name="refresh" />
      </span>
    </button>
  );
}

function Preferences({ onHelp }: { onHelp: () => void }) {
  const t = useT();
  const format = useFormat();
  const [theme, setTheme] = useThemeChoice();
  const [locale, setLocale] = useLocaleChoice();
  const [auto, setAuto] = useAutoRefresh();
  const [utc, setUtc] = useUtcChoice();
  const session = useSession().data;
  const client = useQueryClient();
  const signOut = () => void ui('signout', { method: 'POST', body: {} }).catch(() => null).then(() => client.resetQueries());
  return (
    <Popup label={t('top.preferences')} trigger={<Icon name="settings" />}>
      {(close) => (
        <div className="sw-menu">
          <div className="sw-menu-label">{t('top.auto')}</div>
          {autoRefreshChoices.map((seconds) => (
            <button key={seconds} type="button" aria-pressed={auto === seconds} onClick={() => setAuto(seconds)}>
              {seconds === 0 ? t('top.autoOff') : t('top.autoEvery', { every: format.duration(seconds * 1000) })}
            </button>
          ))}
          <div className="sw-menu-label">{t('top.theme')}</div>
          {themes.map((one) => (
            <button key={one} type="button" aria-pressed={theme === one} onClick={() => setTheme(one)}>
              {t(`top.theme.${one}`)}
            </button>
          ))}
          <div className="sw-menu-label">{t('top.zone')}</div>
          <button type="button" aria-pressed={!utc} onClick={() => setUtc(false)}>
            {t('top.zone.local', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}
          </button>
          <button type="button" aria-pressed={utc} onClick={() => setUtc(true)}>
            UTC
          </button>
          <div className="sw-menu-label">{t('top.language')}</div>
          <button type="button" lang="en" aria-pressed={locale === 'en'} onClick={() => setLocale('en')}>
            English
          </button>
          <button type="button" lang="ko" aria-pressed={locale === 'ko'} onClick={() => setLocale('ko')}>
            한국어
          </button>
          {session?.authRequired && session.signedIn ? (
            <button type="button" onClick={signOut}>
              {t('signIn.out')}
            </button>
          ) : null}
          <div className="sw-menu-label">{t('help.title')}</div>
          <button
            type="button"
            onClick={() => {
              close();
              onHelp();
            }}
          >
            {t('top.help')} <kbd>?</kbd>
          </button>
        </div>
      )}
    </Popup>
  );
}
