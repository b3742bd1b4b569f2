import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Assignment, Tasks } from './contenders';
import type { PeerStage } from './stage';

const ROOT = join(__dirname, '../..');
const RESOLVE = join(ROOT, 'test/fixtures/resolve-rds-names.cjs');
const TRUST = join(__dirname, 'trust-emulator.cjs');
/** Far more than any task takes. */
const TIMEOUT_MS = 200_000;

let program: string | undefined;

/** The child's program as one script, so that no child compiles TypeScript; packages stay what `require` finds, this one as it is built. */
function programText(): string {
  if (program !== undefined) return program;
  const { outputFiles } = buildSync({
    entryPoints: [join(__dirname, 'child/child.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    tsconfig: join(ROOT, 'test/fixtures/tsconfig.built.json'),
  });
  program = outputFiles[0]?.text ?? '';
  return program;
}

/** Runs one task in a process of its own; rejects with what it said when it failed. */
export async function runChild<Name extends keyof Tasks>(
  stage: Pick<PeerStage, 'environment'>,
  assignment: Extract<Assignment, { readonly name: Name }>,
  { env = {}, nodeOptions = [] }: { env?: NodeJS.ProcessEnv; nodeOptions?: string[] } = {},
): Promise<Tasks[Name]['answer']> {
  const preloads = ['--require', RESOLVE];
  if (usesDefaultRoots(assignment)) preloads.push('--require', TRUST);
  const stdout = await runScript(programText(), [JSON.stringify(assignment)], {
    env: { ...stage.environment, ...env },
    nodeOptions: [...nodeOptions, ...preloads],
  });
  // The child prints what its type says.
  return JSON.parse(stdout) as Tasks[Name]['answer'];
}

function usesDefaultRoots({ task, contender }: Assignment): boolean {
  const target = 'target' in task ? task.target : task.targets[0];
  return target?.ca === undefined && contender !== 'password';
}

/** Runs a script from the repository's folder; resolves to what it printed. */
export function runScript(
  script: string,
  args: readonly string[],
  { env, nodeOptions = [] }: { env: NodeJS.ProcessEnv; nodeOptions?: readonly string[] },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeOptions, '--eval', script, ...args], {
      cwd: ROOT,
      env,
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`A contender ended with ${code ?? 'a signal'}: ${stderr}`));
    });
  });
}
