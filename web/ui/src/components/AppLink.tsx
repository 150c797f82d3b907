// A link to another page of the UI that keeps the time range and the scope.
import type { ComponentProps } from 'react';
import { Link } from 'wouter';
import { type SearchUpdates, useHref } from '@/lib/urlstate';

interface AppLinkProps extends Omit<ComponentProps<'a'>, 'href'> {
  to: string;
  params?: SearchUpdates;
}

export function AppLink({ to, params, ...rest }: AppLinkProps) {
  const href = useHref();
  return <Link href={href(to, params)} {...rest} />;
}
