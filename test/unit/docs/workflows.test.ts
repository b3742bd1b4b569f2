import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, '../../../.github/workflows');
const workflows = readdirSync(FOLDER).map((name) => ({
  name,
  text: readFileSync(join(FOLDER, name), 'utf8'),
}));
const textOf = (name: string) => workflows.find((each) => each.name === name)?.text ?? '';

describe.each(workflows)('the workflow $name', ({ text }) => {
  it('uses actions by their commits, each with its version beside it', () => {
    const uses = text.match(/^ *- uses: .*$/gm) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const use of uses) expect(use).toMatch(/^ +- uses: actions\/[a-z-]+@[0-9a-f]{40}$/);
    expect(text.match(/^ *# v\d+\.\d+\.\d+\n *- uses: /gm)).toHaveLength(uses.length);
  });

  it('has no permission but what a job names, and no secret', () => {
    expect(text).toMatch(/^permissions: \{\}$/m);
    expect(text).not.toMatch(/secrets\.|write-all|pull_request_target/);
  });

  it('ends each job in time', () => {
    const jobs = text.match(/^ {4}runs-on:/gm) ?? [];
    expect(text.match(/^ {4}timeout-minutes: \d+$/gm)).toHaveLength(jobs.length);
  });

  it('puts nothing that a pusher chooses into a script', () => {
    // Values reach scripts by the environment.
    expect(text.match(/^ +(?:- )?run: .*\$\{\{.*$/gm)).toBeNull();
  });
});

describe('the workflow release.yml', () => {
  const [pack = '', publish = ''] = textOf('release.yml').split('  publish:\n');

  it('checks the tag and runs what CI runs before it packs', () => {
    const steps = ['release-check.mjs "$TAG"', '.ci/run', 'npm run build', 'npm pack'];
    const places = steps.map((step) => pack.indexOf(step));
    expect(places).not.toContain(-1);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  it('publishes with provenance, in a job that runs nothing else', () => {
    expect(pack).not.toContain('id-token');
    expect(publish).toContain('      id-token: write\n');
    const runs = publish.match(/run: .*/g) ?? [];
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatch(/^run: npm publish --provenance --ignore-scripts --tag "\$DIST_TAG" /);
  });
});

it('the workflow upstream.yml tests the newest versions each week', () => {
  expect(textOf('upstream.yml')).toMatch(/cron: '\d+ \d+ \* \* \d'/);
  expect(textOf('upstream.yml')).toMatch(/latest-upstream\.mjs\n *- run: npm test\n/);
});

it('the workflow faults.yml runs all faults and a soak each week', () => {
  expect(textOf('faults.yml')).toMatch(/cron: '\d+ \d+ \* \* \d'/);
  expect(textOf('faults.yml')).toMatch(/command: \[npm run faults, npm run soak -- --minutes \d+ /);
});

it('the workflow mutations.yml breaks the lines each week', () => {
  expect(textOf('mutations.yml')).toMatch(/cron: '\d+ \d+ \* \* \d'/);
  expect(textOf('mutations.yml')).toMatch(/^ +- run: npm run mutations$/m);
});
