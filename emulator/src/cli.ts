#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HELP } from './cli/help';
import { parseArguments } from './cli/parse-arguments';
import { run, type Output } from './cli/run';
import { UsageError } from './usage-error';

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : '';
}

async function main(args: readonly string[], output: Output): Promise<number> {
  try {
    const invocation = parseArguments(args);
    if (invocation.kind === 'run') return await run(invocation, output);
    output.out(invocation.kind === 'help' ? HELP : version());
    return 0;
  } catch (error) {
    output.err(`rds-iam-emulator: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

// Whoever reads may have read enough.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

void main(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
}).then((code) => {
  process.exitCode = code;
});
