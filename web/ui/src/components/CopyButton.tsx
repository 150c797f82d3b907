// A button that copies text and says so.
import { useEffect, useState } from 'react';
import { copyText } from '@/lib/handOut';
import { useT } from '@/lib/i18n';

export function CopyButton({ text, label, className = 'sw-button' }: { text: () => string; label: string; className?: string }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button type="button" className={className} onClick={() => void copyText(text()).then(setCopied)}>
      <span aria-live="polite">{copied ? `✓ ${t('common.copied')}` : label}</span>
    </button>
  );
}
