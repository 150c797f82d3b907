// The composition of the UI: providers around the shell around the routes.
import I18nProvider, { type I18nProviderProps } from '@cloudscape-design/components/i18n';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { ApiError, isUnreachable } from '@/api/client';
import { AppShell } from '@/components/shell/AppShell';
import { I18nRoot, useI18n } from '@/lib/i18n';
import { useApplyMode } from '@/lib/theme';
import { Routes } from './routes';

const retries = 2;

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // Whoever misses the server first lets the session look for it: see useRecovery.
    onError: (error, query) => {
      if (isUnreachable(error) && query.queryKey[0] !== 'session') void client.invalidateQueries({ queryKey: ['session'] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      // What the server refuses it refuses again; only trouble on the way is tried again.
      retry: (count, error) => count < retries && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});

export function App() {
  return (
    <QueryClientProvider client={client}>
      <I18nRoot>
        <CloudscapeTexts>
          <Themed />
        </CloudscapeTexts>
      </I18nRoot>
    </QueryClientProvider>
  );
}

function Themed() {
  useApplyMode();
  return (
    <AppShell>
      <Routes />
    </AppShell>
  );
}

const texts: Record<string, () => Promise<{ default: I18nProviderProps.Messages }>> = {
  en: () => import('@cloudscape-design/components/i18n/messages/all.en'),
  ko: () => import('@cloudscape-design/components/i18n/messages/all.ko'),
};

/** Cloudscape's own words in the page's language, loaded beside the first paint. */
function CloudscapeTexts({ children }: { children: ReactNode }) {
  const { locale } = useI18n();
  const [messages, setMessages] = useState<I18nProviderProps.Messages[]>([]);
  useEffect(() => {
    let current = true;
    void texts[locale]?.().then((module) => current && setMessages([module.default]));
    return () => {
      current = false;
    };
  }, [locale]);
  return (
    <I18nProvider locale={locale} messages={messages}>
      {children}
    </I18nProvider>
  );
}
