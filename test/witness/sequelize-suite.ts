/**
 * `npm run witness:sequelize -- --checkout DIR --dialect mysql|postgres [--only PATTERN]`: Sequelize 6's own integration tests, with
 * the hand-written hook and with this package, compared test by test.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { confirm, countOutcomes, failingOnlyIn, type Difference } from './compare';
import { runSuite, type Suite, type SuiteRun, type Way } from './run-suite';
import { DIALECTS } from './stage';

const USAGE = `npm run witness:sequelize -- --checkout DIR --dialect ${DIALECTS.join('|')} [--only PATTERN]

  --checkout DIR  Sequelize 6, its dependencies installed and built
  --only PATTERN  a regular expression: only the test files whose path matches`;

const LIMIT = 19;
const BUILT = ['lib/index.js', 'node_modules/mocha/bin/_mocha'];

function parseSuite(args: readonly string[]): Suite {
  const text = { type: 'string' } as const;
  const options = { checkout: text, dialect: text, only: { ...text, default: '' } };
  const { values } = parseArgs({ args: [...args], options });
  const dialect = DIALECTS.find((name) => name === values.dialect);
  if (values.checkout === undefined || dialect === undefined) throw new Error(USAGE);
  const checkout = resolve(values.checkout);
  const missing = BUILT.find((file) => !existsSync(join(checkout, file)));
  if (missing !== undefined)
    throw new Error(`${checkout} has no ${missing}: install its dependencies and build it`);
  const only = new RegExp(values.only);
  const files = testFiles(checkout).filter((file) => only.test(file));
  if (files.length === 0) throw new Error(`No test file matches ${values.only}`);
  return { checkout, dialect, files };
}

function testFiles(checkout: string): string[] {
  return readdirSync(join(checkout, 'test/integration'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.test\.[jt]s$/.test(file))
    .map((file) => join('test/integration', file))
    .sort();
}

interface Comparison {
  readonly passedByHand: number;
  readonly onlyWithPackage: Difference[];
  readonly onlyByHand: Difference[];
  readonly peak: number;
}

async function runBothWays(suite: Suite): Promise<Comparison> {
  const byHand = await runReported(suite, 'by hand');
  const withPackage = await runReported(suite, 'with the package');
  return {
    passedByHand: countOutcomes(byHand.results).passed,
    onlyWithPackage: failingOnlyIn(withPackage.results, byHand.results),
    onlyByHand: failingOnlyIn(byHand.results, withPackage.results),
    peak: withPackage.peak,
  };
}

async function runReported(suite: Suite, way: Way): Promise<SuiteRun> {
  const run = await runSuite(suite, way);
  const { passed, failed, skipped } = countOutcomes(run.results);
  const logins = Object.entries(run.logins).map(([outcome, count]) => `${count} ${outcome}`);
  console.log(
    `${way}: ${passed} passed, ${failed} failed, ${skipped} skipped, in ${run.seconds} s`,
  );
  console.log(`  logins: ${logins.join(', ')}; at most ${run.peak} in a second`);
  return run;
}

function list(heading: string, differences: readonly Difference[]): void {
  console.log(`${heading}: ${differences.length}`);
  for (const { key, message } of differences) console.log(`  ${key}\n    ${message}`);
}

async function compare(suite: Suite): Promise<boolean> {
  console.log(`Sequelize’s integration tests for ${suite.dialect}, ${suite.files.length} files`);
  const first = await runBothWays(suite);
  if (first.passedByHand === 0) throw new Error('Nothing passes by hand, so nothing is compared');
  const found = [...first.onlyWithPackage, ...first.onlyByHand];
  if (found.length === 0) return report(first, [], first.peak);

  const files = [...new Set(found.map(({ file }) => file))].sort();
  console.log(`${found.length} tests differ; once more, their ${files.length} files alone`);
  const second = await runBothWays({ ...suite, files });
  const withPackage = confirm(first.onlyWithPackage, second.onlyWithPackage);
  const byHand = confirm(first.onlyByHand, second.onlyByHand);
  return report(
    { onlyWithPackage: withPackage.confirmed, onlyByHand: byHand.confirmed },
    [...withPackage.flaky, ...byHand.flaky],
    Math.max(first.peak, second.peak),
  );
}

function report(
  { onlyWithPackage, onlyByHand }: Pick<Comparison, 'onlyWithPackage' | 'onlyByHand'>,
  flaky: readonly Difference[],
  peak: number,
): boolean {
  list('Fail only with the package', onlyWithPackage);
  list('Fail only by hand', onlyByHand);
  list('Differed once, but not again', flaky);
  console.log(`Most logins in a second with the package: ${peak} (at most ${LIMIT})`);
  return onlyWithPackage.length === 0 && peak <= LIMIT;
}

async function main(): Promise<void> {
  let suite: Suite;
  try {
    suite = parseSuite(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
    return;
  }
  process.exitCode = (await compare(suite)) ? 0 : 1;
}

void main();
