import { describeCells } from './behaviour';
import { describeGuards } from './guards';

describeCells('postgres');
describeGuards('postgres');
