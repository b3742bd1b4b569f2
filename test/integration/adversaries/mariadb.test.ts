import { describeAdversaries } from './run-table';

describe('an adversary of mariadb', () => {
  describeAdversaries('mariadb');
});
