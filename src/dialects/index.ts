import { IamAuthError } from '../errors';
import type { Dialect } from './dialect';
import { mysql } from './mysql';

const DIALECTS: Readonly<Record<string, Dialect>> = { mysql };

/** Throws `ERR_IAM_AUTH_UNSUPPORTED` for a dialect that RDS IAM authentication or this package does not know. */
export function dialectOf(name: string): Dialect {
  const dialect = Object.hasOwn(DIALECTS, name) ? DIALECTS[name] : undefined;
  if (dialect !== undefined) return dialect;
  throw new IamAuthError(
    'ERR_IAM_AUTH_UNSUPPORTED',
    `iamAuth does not support the dialect ${name}: use ${Object.keys(DIALECTS).join(' or ')}`,
  );
}
