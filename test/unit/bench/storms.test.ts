import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ORDER, SLOW_MS } from '../../../bench/bench-storms';
import { WAYS, type Figures } from '../../../bench/run-storm';
import { VIRTUAL_DAY, virtualDay } from '../../../bench/virtual-day';

const DOCS = join(__dirname, '../../../docs');
const figures = JSON.parse(readFileSync(join(DOCS, 'benchmarks.json'), 'utf8')) as Figures[];
const own = figures.filter(({ way }) => way === 'with the package');

describe('the figures in docs', () => {
  it('are of all storms, in both ways, with quick and with slow credentials', () => {
    const expected = ORDER.flatMap((storm) =>
      (storm === VIRTUAL_DAY ? [0] : [0, SLOW_MS]).flatMap((credentialsMs) =>
        WAYS.map((way) => ({ storm, credentialsMs, way })),
      ),
    );
    expect(figures.map(({ storm, credentialsMs, way }) => ({ storm, credentialsMs, way }))).toEqual(
      expected,
    );
  });

  it('keep what is promised of the package', () => {
    expect(own.filter(({ peak, throttled }) => peak > 19 || throttled > 0)).toEqual([]);
    const rates = own.flatMap(({ rate, promisedRate }) =>
      rate ? [rate - (promisedRate ?? 0)] : [],
    );
    expect(rates.length).toBeGreaterThan(10);
    expect(rates.filter((above) => above < 0)).toEqual([]);
  });

  it('are those of the chart', () => {
    const chart = readFileSync(join(DOCS, 'benchmarks.svg'), 'utf8');
    for (const { peak } of figures) expect(chart).toContain(`>${peak}</text>`);
    for (const storm of ORDER) expect(chart).toContain(`>${storm}</text>`);
  });
});

describe('24 h of virtual time', () => {
  it('let 19 logins a second through and every login in the end; without the package, most are refused', () => {
    const [byHand, withPackage] = WAYS.map(virtualDay);
    expect(withPackage).toMatchObject({ attempts: 6_240, accepted: 6_240, throttled: 0, peak: 19 });
    expect(byHand?.throttled).toBeGreaterThan(3_000);
  });
});
