import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './child';

const DOCS = join(ROOT, 'docs');
const pages = readdirSync(DOCS).map((page) => ({
  page,
  text: readFileSync(join(DOCS, page), 'utf8'),
}));

/** A code block with the example that the text before it links to last. */
interface Snippet {
  readonly page: string;
  readonly language: string;
  readonly code: string;
  readonly example: string | undefined;
}

const snippets: Snippet[] = pages.flatMap(({ page, text }) =>
  [...text.matchAll(/^( *)```(\w+)\n([^]*?)^ *```/gm)].map((fence) => ({
    page,
    language: fence[2] ?? '',
    code: fence[3] ?? '',
    example: [...text.slice(0, fence.index).matchAll(/\]\(\.\.\/(examples\/[^)]+)\)/g)].at(-1)?.[1],
  })),
);

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
  it.each(snippets.filter(({ language }) => language !== 'json'))(
    '$page shows what $example says',
    ({ code, example = '' }) => {
      expect(flatten(readFileSync(join(ROOT, example), 'utf8'))).toContain(flatten(code));
    },
  );

  it('show policies that are JSON, each for one action on one kind of resource', () => {
    const policies = snippets
      .filter(({ language }) => language === 'json')
      .map(
        ({ code }) => JSON.parse(code) as { Statement: { Action: string; Resource?: string }[] },
      );

    expect(policies.flatMap(({ Statement }) => Statement)).toEqual([
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

  it('link only to what exists, and to every example', () => {
    const readme = { page: '../README.md', text: readFileSync(join(ROOT, 'README.md'), 'utf8') };
    const links = [readme, ...pages].flatMap(({ page, text }) =>
      [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map((link) =>
        join(DOCS, page, '..', link[1] ?? ''),
      ),
    );
    const examples = readdirSync(join(ROOT, 'examples')).map((name) =>
      join(ROOT, 'examples', name),
    );

    expect(links.filter((path) => !existsSync(path))).toEqual([]);
    expect(examples.filter((path) => !links.some((link) => link.startsWith(path)))).toEqual([
      join(ROOT, 'examples/demo'),
    ]);
  });
});
