import * as pgFloor from 'pg-floor';
import { describeCells } from './behaviour';
import { onBench } from '../../harness/matrix-bench';
import { cells } from '../../harness/cells';
import { describeGuards } from './guards';

describe('what works in every cell', () => describeCells('postgres'));
describe('a token', () => describeGuards('postgres'));

describe('the oldest supported pg', () => {
  const cell = cells.find(({ major, dialect }) => major === 6 && dialect === 'postgres');

  it.each([
    { asks: 'for the password in clear', faults: {}, accepted: true },
    { asks: 'for SCRAM', faults: { authMethod: 'scram-sha-256' }, accepted: false },
    { asks: 'for md5', faults: { authMethod: 'md5' }, accepted: false },
  ])('answers a server that asks $asks: $accepted', async ({ faults, accepted }) => {
    if (cell === undefined) throw new Error('The matrix has lost a cell');
    await onBench(cell, { faults, record: true }, async ({ cluster, connect }) => {
      const { sequelize } = connect({ options: { dialectModule: pgFloor } });

      const answer = await sequelize.query('SELECT 1').catch((error: unknown) => error);

      const received = await cluster.writer.emulator.received();
      expect(received.includes('X-Amz-Signature')).toBe(accepted);
      expect(Array.isArray(answer)).toBe(accepted);
    });
  });
});
