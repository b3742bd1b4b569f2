#!/usr/bin/env node
import { ca } from './cli/ca';
import type { Command, Output } from './cli/command';
import { doctor } from './cli/doctor';
import { policy } from './cli/policy';
import { token } from './cli/token';
import { IamAuthError, messageOf } from './errors';
import { findKnownError } from './explanations/explain-error';
import { ownManifest } from './own-manifest';
import { oneLine } from './untrusted';

const COMMANDS: Readonly<Record<string, Command>> = { doctor, policy, token, ca };

const HELP = `Usage: sequelize-rds-iam <command> [flags]

  doctor   checks a connection and reports which step fails, and why
  policy   prints the IAM policy for the role and the SQL for the database user
  token    prints an authentication token for mysql, mariadb or psql
  ca       lists the root certificates that are trusted for a Region

Run sequelize-rds-iam <command> --help for the flags of a command.
Run sequelize-rds-iam --version for the version.`;

/** Exit after this time, even if a credential provider hangs. */
const LINGER_MS = 500;

/** Returns the exit code: 0 it succeeded, 1 it failed, 2 it could not run. */
async function main(
  [name = '--help', ...args]: readonly string[],
  output: Output,
): Promise<number> {
  if (['--help', '-h', 'help'].includes(name)) return print(output, HELP);
  if (name === '--version') return print(output, ownManifest()?.version ?? '');
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    output.err(`Unknown command ${oneLine(name)}.\n\n${HELP}`);
    return 2;
  }
  if (args.includes('--help') || args.includes('-h')) return print(output, command.help);
  try {
    return await command.run(args, output);
  } catch (error) {
    return printError(error, output);
  }
}

function print({ out }: Output, text: string): number {
  out(text);
  return 0;
}

/** Prints a known error with its fix. Prints an unknown error, which may be a bug of this package, with its stack trace. */
function printError(error: unknown, { err }: Output): number {
  const row = findKnownError(error);
  if (row === undefined) {
    const text = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
    for (const line of text.split('\n')) err(oneLine(line));
    return 2;
  }
  err(oneLine(messageOf(error)));
  const isUsage = error instanceof IamAuthError && error.code === 'ERR_IAM_AUTH_OPTIONS';
  if (!(error instanceof IamAuthError) || error.fix === undefined) err(row.fix);
  return isUsage || row.code === 'ERR_IAM_AUTH_UNSUPPORTED' ? 2 : 1;
}

const output: Output = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  // Respects NO_COLOR and FORCE_COLOR.
  hasColors: process.stdout.isTTY && process.stdout.hasColors(),
};

void main(process.argv.slice(2), output).then((code) => {
  process.exitCode = code;
  setTimeout(() => process.exit(), LINGER_MS).unref();
});
