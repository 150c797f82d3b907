// Strings of the logs feature.
import type en from '../en/logs';

export default {
  'logs.title': '로그',
} satisfies Record<keyof typeof en, string>;
