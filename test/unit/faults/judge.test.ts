import type { Cell } from '../../harness/cells';
import type { Experiment } from '../../faults/experiment';
import { brokenPromises, judge, measure, type Observation } from '../../faults/judge';
import type { QueryResult } from '../../faults/workload';

const cell: Cell = {
  name: 'Sequelize 6, mysql, one host',
  major: 6,
  dialect: 'mysql',
  replication: false,
  sleep: () => 'SELECT SLEEP(1)',
};

const experiment: Experiment = {
  id: 'example',
  group: 'Server',
  fault: 'An example',
  remedy: 'Nothing',
  run: () => Promise.resolve(),
  errors: ['ECONNRESET'],
  queryMs: 1_000,
  recoveryMs: 500,
  isMet: () => true,
};

const query = (changes: Partial<QueryResult>): QueryResult => ({
  id: 'q1',
  kind: 'read',
  startedAt: 0,
  endedAt: 10,
  ...changes,
});
const reset = { code: 'ECONNRESET', message: 'read ECONNRESET' };

const seen = (changes: Partial<Observation> = {}): Observation => ({
  queries: [],
  attempts: [],
  credentialRequests: 0,
  faultEndedAt: 100,
  hanging: [],
  done: new Map(),
  unhandled: [],
  ...changes,
});

const loginsAt = (...instants: readonly number[]) =>
  instants.map((tokenAt) => ({
    engine: 'mysql' as const,
    acceptedAt: tokenAt,
    tokenAt,
    outcome: 'accepted' as const,
    tlsEstablished: true,
  }));

it('has nothing against a round in which all is as promised', () => {
  const round = seen({
    queries: [
      query({}),
      query({ id: 'q2', kind: 'write' }),
      query({ id: 'q3', kind: 'transaction' }),
      query({ id: 'q4', kind: 'write', error: reset }),
    ],
    done: new Map([
      ['q2', [0]],
      ['q3', [1, 2]],
    ]),
    attempts: [loginsAt(...Array.from({ length: 19 }, (_, index) => index))],
  });

  expect(judge(experiment, cell, round)).toEqual([]);
});

it.each<[string, Partial<Observation>, string]>([
  ['a query beyond its bound', { queries: [query({ endedAt: 1_001 })] }, 'A query took 1001 ms'],
  [
    'a failure too long after the fault',
    { queries: [query({ startedAt: 700, endedAt: 710, error: reset })] },
    "A query failed that started 600 ms after the fault's end, not 500",
  ],
  [
    'an error that is not documented',
    { queries: [query({ error: { code: 'TypeError', message: 'no' } })] },
    'A read failed with TypeError: no',
  ],
  ['a query that hangs', { hanging: [{ kind: 'long', startedAt: 0 }] }, 'A query hangs (long)'],
  ['an unhandled rejection', { unhandled: ['Error: no'] }, 'Unhandled: Error: no'],
  [
    'a 20th login in a second',
    { attempts: [[], loginsAt(...Array.from({ length: 20 }, () => 5))] },
    '20 logins in a second',
  ],
  [
    'a write that is lost',
    { queries: [query({ kind: 'write' })] },
    'A write succeeded and left the rows []',
  ],
  [
    'a write that is done twice',
    { queries: [query({ kind: 'write' })], done: new Map([['q1', [0, 0]]]) },
    'A write succeeded and left the rows [0,0]',
  ],
  [
    'half a transaction',
    {
      queries: [query({ kind: 'transaction', error: reset })],
      done: new Map([['q1', [1]]]),
    },
    'A transaction failed and left the rows [1]',
  ],
  [
    'a write that failed and is done',
    { queries: [query({ kind: 'write', error: reset })], done: new Map([['q1', [0]]]) },
    'A write failed although it was done',
  ],
])('complains of %s', (_what, changes, complaint) => {
  const complaints = brokenPromises(experiment, seen(changes));

  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toContain(complaint);
});

it('lets a write that was done fail where connections break', () => {
  const round = seen({
    queries: [query({ kind: 'write', error: reset })],
    done: new Map([['q1', [0]]]),
  });

  expect(judge({ ...experiment, breaksConnections: true }, cell, round)).toEqual([]);
  expect(measure(round).doneButFailed).toBe(1);
});

it('complains of an experiment whose fault was not met', () => {
  const complaints = judge({ ...experiment, isMet: () => false }, cell, seen());

  expect(complaints).toEqual(['The fault was not met']);
});
