import { describeCells } from './behaviour';
import { describeGuards } from './guards';

describeCells('mysql');
describeGuards('mysql');
