import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchorsOf, linksOf } from '../../harness/markdown';

const ROOT = join(__dirname, '../../..');
const { repository, homepage, bugs } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
) as { repository: { type: string; url: string }; homepage: string; bugs: { url: string } };
const ADDRESS = repository.url.replace(/^git\+(.*)\.git$/, '$1');

const pagesOf = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const PAGES = ['.', 'docs', 'bench', 'emulator'].flatMap(pagesOf);
/** Shown on npm's page of the package, too, where a relative link leads nowhere. */
const READMES = ['README.md', 'README.ja.md', 'emulator/README.md'].filter((page) =>
  PAGES.includes(page),
);

/** Whether a file or folder of the repository, and its heading or line, exist. */
function exists(path: string, anchor = ''): boolean {
  const file = join(ROOT, path);
  if (!existsSync(file)) return false;
  if (anchor === '') return true;
  const line = /^L(\d+)$/.exec(anchor)?.[1];
  if (line !== undefined) return Number(line) <= readFileSync(file, 'utf8').split('\n').length;
  return statSync(file).isFile() && anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
}

/** The path and the heading that a link of `page` names; undefined for one that leaves the repository. */
function targetOf(page: string, link: string): { path: string; anchor?: string } | undefined {
  const inside = link.startsWith(`${ADDRESS}/`) ? link.slice(ADDRESS.length + 1) : undefined;
  if (inside === undefined && /^[a-z]+:/.test(link)) return undefined;
  const [path = '', anchor = ''] = (inside ?? link).split('#');
  if (inside !== undefined) return { path: path.replace(/^(?:blob|tree|raw)\/main\//, ''), anchor };
  return { path: path === '' ? page : join(dirname(page), path), anchor };
}

const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

describe('links', () => {
  it.each(PAGES)('of %s lead to files and headings that exist', (page) => {
    const dead = linksOf(read(page)).filter((link) => {
      const target = targetOf(page, link);
      return target !== undefined && !exists(target.path, target.anchor);
    });

    expect(dead).toEqual([]);
  });

  it.each(READMES)('of %s work from npm’s page too: none is relative', (page) => {
    const links = linksOf(read(page));

    expect(links.filter((link) => !/^(?:https:|#)/.test(link))).toEqual([]);
    expect(links.some((link) => link.startsWith(`${ADDRESS}/blob/main/`))).toBe(true);
  });

  it('use the address of package.json, and no other for this repository', () => {
    const others = PAGES.flatMap((page) =>
      (read(page).match(/https:\/\/github\.com\/[^/\s]+\/sequelize-rds-iam/g) ?? []).filter(
        (address) => address !== ADDRESS,
      ),
    );

    expect(others).toEqual([]);
    expect({ repository, homepage, bugs }).toEqual({
      repository: { type: 'git', url: `git+${ADDRESS}.git` },
      homepage: `${ADDRESS}#readme`,
      bugs: { url: `${ADDRESS}/issues` },
    });
    expect(read('CONTRIBUTING.md')).toContain(ADDRESS);
  });

  it('lead to every example', () => {
    const linked = PAGES.flatMap((page) =>
      linksOf(read(page)).map((link) => targetOf(page, link)?.path ?? ''),
    );
    const examples = readdirSync(join(ROOT, 'examples')).filter((name) => name !== 'demo');

    expect(
      examples.filter((name) => !linked.some((path) => path.startsWith(`examples/${name}`))),
    ).toEqual([]);
  });
});

describe('examples and pages', () => {
  it('have no seam of the tests in them', () => {
    const files = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' })
      .map((name) => join('examples', name))
      .filter((name) => statSync(join(ROOT, name)).isFile());

    expect(
      [...PAGES, ...files].filter((file) => /\bDB_CA\b|\bEMULATOR_(?:PORT|CA)\b/.test(read(file))),
    ).toEqual([]);
  });
});
