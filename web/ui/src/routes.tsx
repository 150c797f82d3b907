// Paths to pages. Each page is its own chunk; features are named only here.
import { lazy, Suspense } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { AppLink } from '@/components/AppLink';
import { EmptyState } from '@/components/EmptyState';
import { ErrorBoundary } from '@/components/ErrorBoundary';
import { PageTitle } from '@/components/PageTitle';
import { useT } from '@/lib/i18n';
import { useHref } from '@/lib/urlstate';

const LambdaFleetPage = lazy(() => import('./features/fleet/lambda/LambdaFleetPage'));
const GlueFleetPage = lazy(() => import('./features/fleet/glue/GlueFleetPage'));
const GluePage = lazy(() => import('./features/fleet/glue/GluePage'));
const ApiFleetPage = lazy(() => import('./features/fleet/apis/ApiFleetPage'));
const ApiPage = lazy(() => import('./features/fleet/apis/ApiPage'));
const BucketFleetPage = lazy(() => import('./features/fleet/buckets/BucketFleetPage'));
const BucketPage = lazy(() => import('./features/fleet/buckets/BucketPage'));
const SettingsPage = lazy(() => import('./features/fleet/settings/SettingsPage'));
const LambdaPage = lazy(() => import('./features/fleet/lambda/LambdaPage'));
const MetricsPage = lazy(() => import('./features/metrics/MetricsPage'));
const LogsPage = lazy(() => import('./features/logs/LogsPage'));

export function Routes() {
  const [path] = useLocation();
  return (
    <ErrorBoundary resetKey={path}>
      <Suspense fallback={null}>
        <Switch>
          <Route path="/">
            <Home />
          </Route>
          <Route path="/lambda" component={LambdaFleetPage} />
          <Route path="/lambda/:name" component={LambdaPage} />
          <Route path="/glue" component={GlueFleetPage} />
          <Route path="/glue/:name" component={GluePage} />
          <Route path="/apis" component={ApiFleetPage} />
          <Route path="/apis/:name" component={ApiPage} />
          <Route path="/buckets" component={BucketFleetPage} />
          <Route path="/buckets/:name" component={BucketPage} />
          <Route path="/settings" component={SettingsPage} />
          <Route path="/metrics/*?" component={MetricsPage} />
          <Route path="/logs/*?" component={LogsPage} />
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
