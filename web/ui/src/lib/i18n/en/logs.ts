// Strings of the logs feature.
export default {
  'logs.title': 'Logs',
} as const;
