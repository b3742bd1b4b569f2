import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sectionOf, tableCells } from '../../harness/markdown';
import ROWS from '../../../src/rooms.json';

it('ARCHITECTURE.md lists the rooms, in the order in which imports go', () => {
  const page = readFileSync(join(__dirname, '../../../ARCHITECTURE.md'), 'utf8');
  const listed = tableCells(sectionOf(page, 'Rooms'))
    .slice(1)
    .map(([rooms = '']) => rooms.split(', '));

  // A folder has a slash at its end there, a file no .ts.
  expect(listed).toEqual(
    ROWS.map((row) => row.map((room) => (room.endsWith('.ts') ? room.slice(0, -3) : `${room}/`))),
  );
});
