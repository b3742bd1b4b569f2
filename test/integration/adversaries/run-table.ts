import { nameOf, type DialectName } from '../../adversaries/adversary';
import { adversaries, cellsOf } from '../../adversaries/table';
import { challenge, problemsOf } from '../../adversaries/verdict';
import { togetherIt } from '../../harness/together';

const AT_ONCE = 3;

/** Runs all adversaries of a dialect; what a driver throws where nobody can catch it fails the test that runs then. */
export function describeAdversaries(dialect: DialectName): void {
  const together = togetherIt(AT_ONCE);
  // mysql2 and the MariaDB connector print what servers do wrong.
  const silenced = (['log', 'warn', 'error'] as const).map((method) =>
    jest.spyOn(console, method).mockImplementation(() => undefined),
  );
  afterAll(() => {
    for (const spy of silenced) spy.mockRestore();
  });

  for (const adversary of adversaries)
    for (const cell of cellsOf(adversary, dialect))
      together(`${adversary.id} gets no token from ${nameOf(cell)}`, async () => {
        const row = await challenge(adversary, cell);
        expect(problemsOf(adversary, cell, row)).toEqual([]);
      });
}
