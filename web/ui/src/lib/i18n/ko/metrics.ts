// Strings of the metrics feature.
import type en from '../en/metrics';

export default {
  'metrics.title': '지표',
} satisfies Record<keyof typeof en, string>;
