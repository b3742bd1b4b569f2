import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { isRdsName, parseRegion } from '../../../src/endpoint/endpoint';
import { explainError } from '../../../src/explanations/explain-error';
import { oneLine } from '../../../src/untrusted';
import { shortest } from '../../harness/fuzzing';

/** Where a pattern that takes the square of the length takes seconds, and one in proportion a few milliseconds. */
const LENGTH = 90_000;
const SLOW_MS = 100;

const SOURCES = join(__dirname, '../../../src');

/** All regular expressions that are written in a file. */
function patternsIn(file: string): RegExp[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(SOURCES, file), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  const found: RegExp[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.push(new RegExp(node.text.slice(1, end), node.text.slice(end + 1)));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Long texts of what a pattern looks for, over and over, that do not end as it wants. */
function textsAgainst({ source }: Pick<RegExp, 'source'>): string[] {
  const words = source.split(/[^\w ]+/).filter((word) => word !== '');
  const parts = [
    ...new Set([...words, 'a', '0', '-', '.', '.a', ' ', '\n', "'", '@', '=', 'a-a', '-----']),
  ];
  return [...parts, words.join(''), words.join(' ')]
    .filter((part) => part !== '')
    .map((part) => `${part.repeat(LENGTH / part.length)}\u0001\n`);
}

/** The texts on which it is slow, cut short. */
const slowOn = (texts: readonly string[], run: (text: string) => void) =>
  texts
    .filter((text) => shortest(() => run(text), SLOW_MS) > SLOW_MS)
    .map((text) => text.slice(0, 40));

const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const patterns = files.flatMap(patternsIn);

it('every pattern of the package takes time in proportion to the text', () => {
  expect(patterns.length).toBeGreaterThan(50);
  for (const pattern of patterns) {
    const isSlowOn = slowOn(textsAgainst(pattern), (text) => {
      pattern.lastIndex = 0;
      pattern.test(text);
    });
    expect({ pattern, isSlowOn }).toEqual({ pattern, isSlowOn: [] });
  }
});

it('host names are read, and errors explained, in proportion to the text', () => {
  const texts = textsAgainst({ source: 'rds.global- amazonaws.com eu-west profile not found' });
  for (const read of [parseRegion, isRdsName, explainError, oneLine])
    expect(slowOn(texts, read)).toEqual([]);
});

it('a pattern that takes the square of the length would be noticed', () => {
  const pattern = /Access denied for user .*x/;
  expect(slowOn(textsAgainst(pattern), (text) => void pattern.test(text))).not.toEqual([]);
});
