import { describeCells } from './behaviour';
import { describeGuards } from './guards';

describe('what works in every cell', () => describeCells('mysql'));
describe('a token', () => describeGuards('mysql'));
