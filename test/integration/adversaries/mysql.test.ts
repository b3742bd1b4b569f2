import { describeAdversaries } from './run-table';

describe('an adversary of mysql', () => {
  describeAdversaries('mysql');
});
