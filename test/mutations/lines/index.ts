import { attachmentLines } from './attachments';
import { backoffLines } from './backoff';
import { checkLines } from './checks';
import { connectionLines } from './connections';
import { instanceLines } from './instances';
import { limitLines } from './limits';
import { loginLines } from './logins';
import { mariadbLines } from './mariadb';
import { mysqlLines } from './mysql';
import { optionLines } from './options';
import { postgresLines } from './postgres';
import { redisLines } from './redis';
import { tokenLines } from './tokens';

/** The lines that security and the limit depend on, each with the test that must notice when it is broken. */
export const MUTATIONS = [
  ...mysqlLines,
  ...mariadbLines,
  ...postgresLines,
  ...checkLines,
  ...optionLines,
  ...tokenLines,
  ...limitLines,
  ...backoffLines,
  ...redisLines,
  ...loginLines,
  ...connectionLines,
  ...attachmentLines,
  ...instanceLines,
];
