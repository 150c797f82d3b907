// Strings of the fleet pages.
export default {
  'fleet.lambda.title': 'Lambda functions',
  'fleet.glue.title': 'Glue jobs',
  'fleet.apigateway.title': 'APIs',
  'fleet.s3.title': 'Buckets',
} as const;
