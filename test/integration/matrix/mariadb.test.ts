import { describeCells } from './behaviour';
import { describeGuards } from './guards';

describe('what works in every cell', () => describeCells('mariadb'));
describe('a token', () => describeGuards('mariadb'));
