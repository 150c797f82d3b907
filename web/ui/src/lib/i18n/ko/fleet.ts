// Strings of the fleet pages.
import type en from '../en/fleet';

export default {
  'fleet.lambda.title': 'Lambda 함수',
  'fleet.glue.title': 'Glue 작업',
  'fleet.apigateway.title': 'API',
  'fleet.s3.title': '버킷',
} satisfies Record<keyof typeof en, string>;
