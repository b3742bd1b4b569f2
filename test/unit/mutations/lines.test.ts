import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MUTATIONS } from '../../mutations/lines';
import { isIntegration, mutate, type Mutation } from '../../mutations/mutation';
import type { Entry } from '../../mutations/report';

const ROOT = join(__dirname, '../../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const ids = MUTATIONS.map(({ id }) => id);

describe('the list of broken lines', () => {
  it('breaks each line of the source as it is now', () => {
    const idle = MUTATIONS.filter((mutation) => {
      const source = read(mutation.file);
      return mutate(source, mutation) === source;
    });

    expect(idle).toEqual([]);
  });

  it('names tests that exist', () => {
    expect(MUTATIONS.filter(({ test }) => !existsSync(join(ROOT, test)))).toEqual([]);
  });

  it('has an id for each, and is the one of docs/mutations.json', () => {
    const reported = JSON.parse(read('docs/mutations.json')) as Entry[];

    expect(new Set(ids).size).toBe(ids.length);
    expect(reported.map(({ id }) => id)).toEqual(ids);
    expect(reported.filter(({ result }) => result !== 'killed' && result !== 'timeout')).toEqual(
      [],
    );
  });
});

describe('a mutation', () => {
  const mutation: Mutation = {
    id: 'one',
    file: 'src/a.ts',
    find: 'limit',
    replace: 'limit + 1',
    meaning: 'one more',
    test: 'test/unit/a.test.ts',
  };

  it('changes its text and nothing else', () => {
    expect(mutate('if (used < limit) take();', mutation)).toBe('if (used < limit + 1) take();');
  });

  it.each(['', 'limit limit'])(
    'refuses a file in which its text is not there once: %j',
    (source) => {
      expect(() => mutate(source, mutation)).toThrow(
        /^one: its text occurs [02] times in src\/a\.ts/,
      );
    },
  );

  it.each([
    ['test/unit/a.test.ts', false],
    ['test/unit/a.server.test.ts', true],
    ['test/integration/a.test.ts', true],
  ])('caught by %s needs servers: %p', (test, needsServers) => {
    expect(isIntegration(test)).toBe(needsServers);
  });
});
