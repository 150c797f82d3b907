// Paths to pages. Each page is its own chunk.
import { type ComponentType, lazy, Suspense } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { AppLink } from '@/components/AppLink';
import { EmptyState } from '@/components/EmptyState';
import { ErrorBoundary } from '@/components/ErrorBoundary';
import { PageTitle } from '@/components/PageTitle';
import { useT } from '@/lib/i18n';
import { useHref } from '@/lib/urlstate';

/** The pages by path; features are named only here. */
const pages: { path: string; load: () => Promise<{ default: ComponentType }> }[] = [
  { path: '/lambda', load: () => import('./features/fleet/lambda/LambdaFleetPage') },
  { path: '/lambda/:name', load: () => import('./features/fleet/lambda/LambdaPage') },
  { path: '/glue', load: () => import('./features/fleet/glue/GlueFleetPage') },
  { path: '/glue/:name', load: () => import('./features/fleet/glue/GluePage') },
  { path: '/apis', load: () => import('./features/fleet/apis/ApiFleetPage') },
  { path: '/apis/:name', load: () => import('./features/fleet/apis/ApiPage') },
  { path: '/buckets', load: () => import('./features/fleet/buckets/BucketFleetPage') },
  { path: '/buckets/:name', load: () => import('./features/fleet/buckets/BucketPage') },
  { path: '/settings', load: () => import('./features/fleet/settings/SettingsPage') },
  { path: '/graph', load: () => import('./features/metrics/MetricsPage') },
  { path: '/logs/live', load: () => import('./features/logs/live/LiveTailPage') },
  { path: '/logs/*?', load: () => import('./features/logs/LogsPage') },
];

const routes = pages.map(({ path, load }) => ({ path, load, component: lazy(load) }));

/** Begins to load the page of a path before anything is drawn. */
export function preloadPage(path: string): void {
  const [first = '', second] = path.split('/').filter(Boolean);
  const wanted = first === '' ? '/lambda' : second === undefined ? `/${first}` : `/${first}/:name`;
  const page = pages.find((p) => p.path === path || p.path === wanted || p.path === `/${first}/*?`);
  void page?.load().catch(() => undefined); // drawing the page tries again and says so
}

export function Routes() {
  const [path] = useLocation();
  return (
    <ErrorBoundary resetKey={path}>
      <Suspense fallback={null}>
        <Switch>
          <Route path="/">
            <Home />
          </Route>
          {routes.map((route) => (
            <Route key={route.path} path={route.path} component={route.component} />
          ))}
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Suspense>
    </ErrorBoundary>
  );
}

function Home() {
  const href = useHref();
  return <Redirect to={href('/lambda')} replace />;
}

function NotFound() {
  const t = useT();
  const [path] = useLocation();
  return (
    <div className="sw-stack">
      <PageTitle title={t('notFound.title')} />
      <EmptyState reason={t('notFound.text', { path })} actions={<AppLink to="/lambda">{t('notFound.home')}</AppLink>} />
    </div>
  );
}
