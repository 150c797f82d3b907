// Taking a result elsewhere: the clipboard or a file, in the order shown.
import { useEffect, useState } from 'react';
import { Popup } from '@/components/Popup';
import { copyText, saveFile } from '@/lib/handOut';
import { useT } from '@/lib/i18n';
import { tableCsv, tableJson, tableMarkdown, tableTsv } from './exports';
import type { ResultTable } from './table';

interface TakeMenuProps {
  table: ResultTable;
  order: readonly number[];
}

export function TakeMenu({ table, order }: TakeMenuProps) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copies = [
    { label: t('logs.take.table'), hint: t('logs.take.tableHint'), text: tableTsv },
    { label: 'Markdown', text: tableMarkdown },
    { label: 'CSV', text: tableCsv },
    { label: 'JSON', text: tableJson },
  ];
  return (
    <Popup label={t('logs.take')} className="sw-button" trigger={<span aria-live="polite">{copied ? `✓ ${t('common.copied')}` : `${t('logs.take')} ▾`}</span>}>
      {(close) => (
        <div className="sw-menu">
          <div role="group" aria-label={t('logs.take.copy')}>
            <div className="sw-menu-label">{t('logs.take.copy')}</div>
            {copies.map((one) => (
              <button
                key={one.label}
                type="button"
                title={one.hint}
                onClick={() => {
                  close();
                  void copyText(one.text(table, order)).then(setCopied);
                }}
              >
                {one.label}
              </button>
            ))}
          </div>
          <div role="group" aria-label={t('logs.take.save')}>
            <div className="sw-menu-label">{t('logs.take.save')}</div>
            <button
              type="button"
              onClick={() => {
                close();
                saveFile('query.csv', 'text/csv', tableCsv(table, order));
              }}
            >
              query.csv
            </button>
            <button
              type="button"
              onClick={() => {
                close();
                saveFile('query.json', 'application/json', tableJson(table, order));
              }}
            >
              query.json
            </button>
          </div>
        </div>
      )}
    </Popup>
  );
}
