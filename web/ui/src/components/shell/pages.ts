// The pages of the navigation.
import type { MessageKey } from '@/lib/i18n';

export interface NavPage {
  path: string;
  label: MessageKey;
}

export const navSections: { label: MessageKey; pages: NavPage[] }[] = [
  {
    label: 'nav.fleet',
    pages: [
      { path: '/lambda', label: 'nav.lambda' },
      { path: '/glue', label: 'nav.glue' },
      { path: '/apis', label: 'nav.apis' },
      { path: '/buckets', label: 'nav.buckets' },
    ],
  },
  {
    label: 'nav.explore',
    pages: [
      { path: '/graph', label: 'nav.metrics' },
      { path: '/logs', label: 'nav.logs' },
    ],
  },
];
