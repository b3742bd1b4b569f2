import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Sequelize } from 'sequelize';
import { addIamAuth, poolPreset } from 'sequelize-rds-iam';
import { runDoctor } from 'sequelize-rds-iam/doctor';
import { createRedisLimiter } from 'sequelize-rds-iam/redis';
import { fencesOf, sectionOf, tableCells } from '../../harness/markdown';
import { ROOT, runNode } from '../../harness/child';

const DOCS = join(ROOT, 'docs');
const pages = readdirSync(DOCS)
  .filter((page) => page.endsWith('.md'))
  .map((page) => ({ page, text: readFileSync(join(DOCS, page), 'utf8') }));
const read = (page: string) => readFileSync(join(DOCS, page), 'utf8');

/** The code blocks, with the example that the text before them links to last. */
const snippets = pages.flatMap(({ page, text }) =>
  fencesOf(text).map(({ language, code, index }) => ({
    page,
    language,
    code,
    example: [...text.slice(0, index).matchAll(/\]\(\.\.\/(examples\/[^)]+)\)/g)].at(-1)?.[1],
  })),
);
const policies = snippets.filter(({ language }) => language === 'json');
/** The doctor's transcript and its call, which its own tests compare and run. */
const elsewhere = snippets.filter(({ page }) => page === 'doctor.md');

/** Indentation aside, and the end of a statement, which an excerpt may have and its place in the file not. */
function flatten(code: string): string {
  return code
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim()
    .replace(/;$/, '');
}

describe('docs', () => {
  it.each(
    snippets.filter((snippet) => !policies.includes(snippet) && !elsewhere.includes(snippet)),
  )('$page shows what $example says', ({ code, example = '' }) => {
    expect(flatten(readFileSync(join(ROOT, example), 'utf8'))).toContain(flatten(code));
  });

  it('show policies that are JSON, each for one action on one kind of resource', () => {
    const statements = policies.flatMap(
      ({ code }) => (JSON.parse(code) as { Statement: object[] }).Statement,
    );

    expect(statements).toEqual([
      {
        Effect: 'Allow',
        Action: 'rds-db:connect',
        Resource: expect.stringMatching(
          /^arn:aws:rds-db:[a-z0-9-]+:210987654321:dbuser:cluster-[A-Z0-9]+\/\w+$/,
        ) as string,
      },
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::123456789012:role/app' },
        Action: 'sts:AssumeRole',
      },
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Resource: 'arn:aws:iam::210987654321:role/app-database',
      },
    ]);
  });
});

/** The first column of the table under a heading of a page, its header aside. */
const listed = (page: string, heading: string) =>
  tableCells(sectionOf(read(page), heading))
    .slice(1)
    .map(([name]) => name);

/** What the package says it knows when it gets an option that it does not. */
function known(use: (options: object) => unknown): string[] {
  try {
    use({ unheardOf: 1 });
  } catch (error) {
    return (/the known ones are (.*?): /.exec(String(error))?.[1] ?? '').split(', ');
  }
  return [];
}

const add = (iamAuth: object) =>
  addIamAuth(new Sequelize({ dialect: 'mysql', username: 'app' }), iamAuth);

describe('docs/options.md', () => {
  it.each([
    { heading: 'iamAuth', options: known(add) },
    { heading: 'iamAuth.endpoint', options: known((endpoint) => add({ endpoint })) },
    { heading: 'iamAuth.limiter', options: known((limiter) => add({ limiter })) },
    {
      heading: 'createRedisLimiter',
      // The options are checked before the client is.
      options: known((options) => createRedisLimiter({} as never, options)),
    },
    { heading: 'poolPreset', options: known((options) => poolPreset(options)) },
    { heading: 'runDoctor', options: declared('doctor.d.ts', 'DoctorOptions') },
  ])('lists the options of $heading, and no others', ({ heading, options }) => {
    expect(options.length).toBeGreaterThan(1);
    expect(listed('options.md', heading).sort()).toEqual([...options].sort());
  });

  it('names the type of tls, which has one member', () => {
    const [, type] =
      tableCells(sectionOf(read('options.md'), 'iamAuth')).find(([name]) => name === 'tls') ?? [];

    expect(type).toBe(`{ ${known((tls) => add({ tls })).join()} }`);
  });
});

/** The members of an interface in the declarations that are shipped. */
function declared(file: string, name: string): string[] {
  const text = readFileSync(join(ROOT, 'dist', file), 'utf8');
  const body = new RegExp(`interface ${name} \\{([^]*?)\\n\\}`).exec(text)?.[1] ?? '';
  return [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, member = '']) => member);
}

it('docs/limits.md gives the pool preset of one process', () => {
  const rows = tableCells(sectionOf(read('limits.md'), 'The pool')).slice(1);

  expect(
    Object.fromEntries(rows.map(([name, , value]) => [name, Number(value?.replace(',', ''))])),
  ).toEqual(poolPreset());
});

it('docs/options.md gives the defaults of poolPreset', () => {
  const rows = tableCells(sectionOf(read('options.md'), 'poolPreset')).slice(1);
  const defaults = Object.fromEntries(rows.map(([name = '', , value]) => [name, Number(value)]));

  // Where another number would give another pool.
  expect(poolPreset({ processes: 5, limit: defaults.limit })).toEqual(poolPreset({ processes: 5 }));
  expect(poolPreset({ limit: 3, processes: defaults.processes })).toEqual(poolPreset({ limit: 3 }));
});

describe('docs/doctor.md', () => {
  it('lists the checks, in their order', async () => {
    // Without a dialect no check can run, and each is reported.
    const { results } = await runDoctor({ cwd: ROOT, sequelizeOptions: { dialect: 'none' } });

    expect(listed('doctor.md', 'Checks')).toEqual(results.map(({ id }) => id));
  });

  it('lists the flags of the command', async () => {
    const { stderr } = await runNode([join(ROOT, 'dist/cli.js'), 'doctor', '--unheard-of']);
    const flags = /the flags are (.*?): /.exec(stderr)?.[1]?.split(', ') ?? [];

    expect(flags.length).toBeGreaterThan(5);
    expect(listed('doctor.md', 'Command line').sort()).toEqual(flags.sort());
  });
});
