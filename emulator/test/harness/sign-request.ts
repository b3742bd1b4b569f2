import { createHash, createHmac } from 'node:crypto';

/** What a signed request says; what is left out is right. */
export interface StsRequest {
  readonly method?: 'GET' | 'POST';
  readonly parameters: Readonly<Record<string, string>>;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly service?: string;
  readonly signedAt?: number;
  readonly presigned?: boolean;
  readonly signedHeaders?: readonly string[];
  readonly overrides?: Readonly<Record<string, string>>;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) =>
  createHmac('sha256', key).update(text).digest();
const queryOf = (parameters: Readonly<Record<string, string>>) =>
  Object.keys(parameters)
    .sort()
    .map((name) => `${encodeURIComponent(name)}=${encodeURIComponent(parameters[name] ?? '')}`)
    .join('&');

/** Signs a request to AWS STS that may be wrong in any part. */
export function signRequest(origin: string, request: StsRequest): Request {
  const { method = 'GET', parameters, sessionToken, service = 'sts', presigned } = request;
  const signedAt = request.signedAt ?? Date.now();
  const date = new Date(signedAt).toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${date.slice(0, 8)}/eu-west-1/${service}/aws4_request`;
  const signedHeaders =
    request.signedHeaders ?? (presigned ? ['host'] : ['content-type', 'host', 'x-amz-date']);
  const credential = `${request.accessKeyId}/${scope}`;
  const inQuery = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': credential,
    'X-Amz-Date': date,
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': signedHeaders.join(';'),
    ...(sessionToken !== undefined && { 'X-Amz-Security-Token': sessionToken }),
  };
  const body = method === 'POST' ? queryOf(parameters) : '';
  const query = queryOf({
    ...(method === 'GET' && parameters),
    ...(presigned && inQuery),
    ...(presigned && request.overrides),
  });
  const headers: Record<string, string> = {
    host: new URL(origin).host,
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    ...(!presigned && { 'x-amz-date': date }),
    ...(!presigned && sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
  const canonical = [
    method,
    '/',
    query,
    ...signedHeaders.map((name) => `${name}:${headers[name] ?? ''}`),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${request.secretAccessKey}`);
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const signature = hmac(key, toSign).toString('hex');
  if (!presigned)
    headers['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return new Request(`${origin}/?${query}${presigned ? `&X-Amz-Signature=${signature}` : ''}`, {
    method,
    headers: { ...headers, ...(presigned ? {} : request.overrides) },
    ...(method === 'POST' && { body }),
  });
}
