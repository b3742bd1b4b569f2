/** Longer than this on CI's machines, and somebody should look at the table. */
const BOUND_MS = 600_000;
const SHORTEST_SHOWN_MS = 2_000;

const seconds = (ms) => `${(ms / 1_000).toFixed(1).padStart(6)} s`;

/** Says at the end of a run how long each suite took, the longest first; on CI it warns of a run that took very long. */
module.exports = class SuiteTimes {
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  onRunComplete(_contexts, { testResults, startTime }) {
    const suites = testResults
      .map(({ testFilePath, perfStats }) => ({ path: testFilePath, ms: perfStats.runtime }))
      .sort((one, other) => other.ms - one.ms);
    const shown = suites.filter(({ ms }) => ms >= SHORTEST_SHOWN_MS);
    if (shown.length < 2) return;
    const sum = suites.reduce((all, { ms }) => all + ms, 0);
    const lines = [
      '',
      'Suites by time, the longest first:',
      ...shown.map(({ path, ms }) => `${seconds(ms)}  ${path.slice(this.rootDir.length + 1)}`),
      `${seconds(sum)}  in all ${suites.length}, one after the other`,
    ];
    const tookMs = Date.now() - startTime;
    if (process.env.CI && tookMs > BOUND_MS)
      lines.push(
        `WARNING: the tests took ${seconds(tookMs).trim()}, more than ${BOUND_MS / 1_000} s`,
      );
    process.stderr.write(`${lines.join('\n')}\n`);
  }
};
