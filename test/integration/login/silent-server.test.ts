import { join } from 'node:path';
import { runTypeScript } from '../../harness/child';
import { togetherIt } from '../../harness/together';

const LOGIN = join(__dirname, '../../fixtures/silent-login.ts');

interface Result {
  readonly error: string;
  readonly failed: number;
  readonly connecting: number;
  readonly helloSeen: boolean;
  readonly leftOpen: number;
  readonly uncaught: string[];
}

const ENDINGS = [
  { hangsUp: false, expected: /timeout|ETIMEDOUT|has not ended within 2000 ms|aborted/ },
  { hangsUp: true, expected: /ECONNRESET|closed|lost|disconnected|terminated/ },
];

/** The user's own stream with the connector that the package gives a time-out; the other drivers have one of their own. */
const cells = ([6, 7] as const).flatMap((major) => [
  ...['mysql', 'mariadb', 'postgres'].map((dialect) => ({ major, dialect, ownStream: false })),
  { major, dialect: 'mariadb', ownStream: true },
]);

describe.each(ENDINGS)('a TLS handshake in which a server hangsUp: $hangsUp', (ending) => {
  const { hangsUp, expected } = ending;
  // Each is a process that may wait two seconds.
  const together = togetherIt(cells.length);

  for (const settings of cells)
    together(
      `ends in an error, not in a crash or a connection held for ever: ${JSON.stringify(settings)}`,
      async () => {
        const task = JSON.stringify({ ...settings, hangsUp });
        const { exitCode, stdout, stderr } = await runTypeScript(LOGIN, task);
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
        const { error, ...result } = JSON.parse(stdout) as Result;
        expect(error).toMatch(expected);
        expect(result).toEqual({
          failed: 1,
          connecting: 0,
          helloSeen: true,
          leftOpen: 0,
          uncaught: [],
        });
      },
    );
});

it('a port that is none fails each query, and ends no process later', async () => {
  const { stdout } = await runTypeScript(join(__dirname, '../../fixtures/bad-port.ts'));
  const { errors, uncaught } = JSON.parse(stdout) as { errors: string[]; uncaught: string[] };
  expect(uncaught).toEqual([]);
  expect(errors).toHaveLength(6);
  for (const error of errors) expect(error).toMatch(/99999|port/i);
});
