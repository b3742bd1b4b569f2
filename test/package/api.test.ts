import { runNode } from '../harness/child';
import { checkBuilt } from '../harness/built-package';

beforeAll(() => {
  checkBuilt();
});

it('declares what its API report says', async () => {
  expect(await runNode(['scripts/api-report.mjs', '--check'])).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: '',
  });
});
