import { describeAdversaries } from './run-table';

describe('an adversary of postgres', () => {
  describeAdversaries('postgres');
});
