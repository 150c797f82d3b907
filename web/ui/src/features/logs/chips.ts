// Filters of one click: each is a line of the query.
import type { MessageKey } from '@/lib/i18n';

export interface Chip {
  id: string;
  label: MessageKey;
  condition: string;
}

export const chips: Chip[] = [
  { id: 'errors', label: 'logs.chip.errors', condition: '@message like /(?i)\\b(error|exception|fatal|critical)\\b|Task timed out|Status: (error|timeout)/' },
  { id: 'warnings', label: 'logs.chip.warnings', condition: '@message like /(?i)\\bwarn(ing)?\\b/' },
  { id: 'noPlatform', label: 'logs.chip.noPlatform', condition: '@message not like /^(START|END|REPORT|INIT_START|INIT_REPORT|EXTENSION) /' },
];
