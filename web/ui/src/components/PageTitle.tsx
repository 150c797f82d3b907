// The heading of a page; it is also the window's title.
import { type ReactNode, useEffect } from 'react';
import { useT } from '@/lib/i18n';

export interface PageTitleProps {
  title: string;
  /** Beside the title: badges, counts. */
  extra?: ReactNode;
  /** Above the title: the way back. */
  above?: ReactNode;
  actions?: ReactNode;
}

export function PageTitle({ title, extra, above, actions }: PageTitleProps) {
  const t = useT();
  const name = t('app.name');
  useEffect(() => {
    document.title = `${title} · ${name}`;
  }, [title, name]);
  return (
    <div className="sw-page-title">
      {above}
      <div className="sw-row">
        <h1>{title}</h1>
        {extra}
        {actions ? <div className="sw-row sw-page-actions">{actions}</div> : null}
      </div>
    </div>
  );
}
