import { describe, expect, it } from 'vitest';
import { accessLine, ownLogGroups } from './access';

describe('accessLine', () => {
  it('reads the JSON of APIs', () => {
    expect(accessLine('{"requestId":"5ea3","ip":"64.85.86.3","httpMethod":"GET","resourcePath":"/batch","path":"/prod/batch","status":"504","responseLatency":"29004","errorMessage":"Endpoint request timed out","userAgent":"curl"}')).toEqual({
      text: '504  GET  /prod/batch  29004 ms  Endpoint request timed out  64.85.86.3  curl',
      level: 'error',
    });
    expect(accessLine('{"status":404,"routeKey":"GET /x","errorMessage":"-"}')).toEqual({ text: '404  GET /x', level: 'warn' });
  });
  it('reads the lines of buckets', () => {
    expect(
      accessLine('fd24f8640ab1ff77da838b9a942f8e009acac08af60ed20162dbe1dc107311da acme-exports [22/Nov/2026:16:23:23 +0000] 10.3.201.62 arn:aws:sts::000000000000:assumed-role/ingest-role/ingest F07AC3579A12EB9B REST.GET.OBJECT a/b.parquet "GET /a/b.parquet HTTP/1.1" 503 SlowDown 380 - 14 13 "-" "aws-sdk-java/2"'),
    ).toEqual({ text: '503  REST.GET.OBJECT  a/b.parquet  14 ms  SlowDown  assumed-role/ingest-role/ingest  10.3.201.62', level: 'error' });
    expect(accessLine('0123456789abcdef0123 b [t] 1.2.3.4 - ID REST.HEAD.BUCKET - "HEAD / HTTP/1.1" 200 - - - 3 - "-" "-"')).toEqual({ text: '200  REST.HEAD.BUCKET  3 ms  1.2.3.4', level: 'plain' });
  });
  it.each(['', 'plain text', '{"level":"INFO"}', '{half', '[1]', 'null', '{"status":"ok"}'])('leaves %j as it is', (message) => {
    expect(accessLine(message)).toBeNull();
  });
});

describe('ownLogGroups', () => {
  it('takes those named after the resource', () => {
    const groups = ['/aws/apigateway/orders-access', '/aws/apigateway/orders-v2-access', 'API-Gateway-Execution-Logs_orders/prod', '/s3/orders', '/apps/orders_access_logs', '/orders-archive', '/aws/lambda/orders-load', 'reorders'];
    expect(ownLogGroups('orders', groups)).toEqual(['/aws/apigateway/orders-access', 'API-Gateway-Execution-Logs_orders/prod', '/s3/orders', '/apps/orders_access_logs']);
  });
});
