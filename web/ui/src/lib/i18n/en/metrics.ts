// Strings of the metrics feature.
export default {
  'metrics.title': 'Metrics',
} as const;
