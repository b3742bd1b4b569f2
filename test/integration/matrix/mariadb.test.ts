import { describeCells } from './behaviour';
import { describeGuards } from './guards';

describeCells('mariadb');
describeGuards('mariadb');
