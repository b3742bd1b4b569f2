import * as pgFloor from 'pg-floor';
import { describeCells } from './behaviour';
import { cells, connectCell, startCluster } from './cells';
import { describeGuards } from './guards';

describeCells('postgres');
describeGuards('postgres');

describe('the oldest supported pg', () => {
  const cell = cells.find(({ major, dialect }) => major === 6 && dialect === 'postgres');

  it.each([
    { asks: 'for the password in clear', faults: {}, accepted: true },
    { asks: 'for SCRAM', faults: { authMethod: 'scram-sha-256' }, accepted: false },
    { asks: 'for md5', faults: { authMethod: 'md5' }, accepted: false },
  ])('answers a server that asks $asks: $accepted', async ({ faults, accepted }) => {
    if (cell === undefined) throw new Error('The matrix has lost a cell');
    const cluster = await startCluster(cell, { faults, record: true });
    const { sequelize } = connectCell(cell, cluster, { options: { dialectModule: pgFloor } });

    const answer = await sequelize.query('SELECT 1').catch((error: unknown) => error);

    const received = await cluster.writer.emulator.received();
    expect(received.includes('X-Amz-Signature')).toBe(accepted);
    expect(Array.isArray(answer)).toBe(accepted);
    await sequelize.close();
    await cluster.close();
  });
});
