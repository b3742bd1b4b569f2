/** A block between fences. */
export interface Fence {
  readonly language: string;
  readonly code: string;
  /** Where it stands in the page. */
  readonly index: number;
}

const FENCE = /^( *)```(\w+)\n([^]*?)^ *```/gm;

/** The code blocks of a page, in order. */
export function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(FENCE)].map(({ index, 2: language = '', 3: code = '' }) => ({
    language,
    code,
    index,
  }));
}

/** What follows a heading, up to the next one. Throws where the page has no such heading. */
export function sectionOf(markdown: string, heading: string): string {
  const section = markdown
    .split(/^#+ /m)
    .find((text) => text.startsWith(`${heading}\n`) || text.startsWith(`${heading} `));
  if (section === undefined) throw new Error(`No heading ${heading}`);
  return section;
}

/** The cells of every table row, headers included, without the marks of Markdown. */
export function tableCells(markdown: string): string[][] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| *-/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('`', '').replaceAll('\\|', '|')));
}

/** The targets of a page's links and images, code aside. */
export function linksOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** What may follow a # in a link to this page, as GitHub makes it of the headings. */
export function anchorsOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutCode(markdown: string): string {
  return markdown
    .replace(FENCE, '')
    .replace(/`[^`\n]*`/g, (code) => code.slice(1, -1).replace(/[[\]]/g, ''));
}
