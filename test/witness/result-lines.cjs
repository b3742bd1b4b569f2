/** A reporter for mocha: each result is a line of JSON on file descriptor 3, at once, so that a suite that breaks off has told the rest. */
const { writeSync } = require('node:fs');
const { relative } = require('node:path');

const RESULTS = 3;

module.exports = class ResultLines {
  constructor(runner) {
    const tell = (outcome) => (runnable, error) => {
      // A hook that fails counts for the file of its test; the hook itself may stand in a file that all share.
      const file = runnable.ctx?.currentTest?.file ?? runnable.file ?? '';
      const result = {
        file: relative(process.cwd(), file),
        title: runnable.fullTitle(),
        outcome,
        ...(error && { message: String(error.message).split('\n', 1)[0].slice(0, 200) }),
      };
      writeSync(RESULTS, `${JSON.stringify(result)}\n`);
    };
    runner.on('pass', tell('passed'));
    runner.on('fail', tell('failed'));
    runner.on('pending', tell('skipped'));
  }
};
