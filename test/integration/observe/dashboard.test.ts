import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRedisLimiter } from 'sequelize-rds-iam/redis';
import { ROOT } from '../../harness/child';
import { sectionOf, tableCells } from '../../harness/markdown';
import { metricsOf, prometheusPage } from '../../harness/prometheus-page';
import { startRds } from '../../harness/rds';

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: object;
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly datasource: object;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets: readonly Target[];
}
interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
}
interface Dashboard {
  readonly id: null;
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly time: { readonly from: string; readonly to: string };
  readonly __requires: readonly { readonly type: string; readonly id: string }[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const dashboard = JSON.parse(read('docs/dashboards/sequelize-rds-iam.json')) as Dashboard;
const { panels, templating } = dashboard;
const [datasource, server] = templating.list;

/** The expressions of the table of alarms. */
const alarms = tableCells(sectionOf(read('docs/observe.md'), 'Alarms')).slice(1);

let metrics: ReadonlyMap<string, ReadonlySet<string>>;
beforeAll(async () => {
  const rds = await startRds();
  const lost = () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));
  const page = await prometheusPage(async () => {
    const logger = { warn: () => undefined };
    const limiter = createRedisLimiter({ eval: lost, evalsha: lost }, { logger });
    await rds.connect({ iamAuth: { limiter } }).sequelize.query('SELECT 1');
    await rds.emulator.setFaults({ deny: true });
    await expect(rds.connect().sequelize.query('SELECT 1')).rejects.toThrow('denied');
  });
  metrics = metricsOf(page);
  await rds.close();
});

/** What an expression asks for: each metric, with the labels of its selector. */
const selectorsOf = (expression: string) =>
  [...expression.matchAll(/(\w+)\{(.*?)\}/g)].map(([, name = '', labels = '']) => ({
    name,
    labels: [...labels.matchAll(/(\w+)(?:=|!=|=~|!~)"/g)].map(([, label = '']) => label),
  }));

/** The labels that an expression groups by. */
const groupedBy = (expression: string) =>
  [...expression.matchAll(/ by \((.*?)\)/g)].flatMap(([, labels = '']) => labels.split(', '));

/** Metrics and labels of an expression that the scraped page does not have. */
function unknownIn(expression: string): string[] {
  const selectors = selectorsOf(expression);
  if (selectors.length === 0) return [`no metric in ${expression}`];
  return selectors.flatMap(({ name, labels }) => {
    const known = metrics.get(name);
    if (known === undefined) return [name];
    return [...labels, ...groupedBy(expression)].filter((label) => !known.has(label));
  });
}

it.each(panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr }))))(
  'the panel “$title” asks for what Prometheus gets: $expr',
  ({ expr }) => {
    expect(unknownIn(expr)).toEqual([]);
  },
);

it('the variable for the server asks for what Prometheus gets', () => {
  const query = typeof server?.query === 'object' ? server.query.query : '';
  expect(query).toMatch(/^label_values\(\w+\{\}, server_address\)$/);
  expect(unknownIn(query)).toEqual([]);
});

it('the panels show every metric', () => {
  const shown = panels.flatMap(({ targets }) => targets).flatMap(({ expr }) => selectorsOf(expr));
  const names = new Set(shown.map(({ name }) => name.replace(/_(?:bucket|count|sum)$/, '')));
  const all = [...metrics.keys()]
    .map((name) => name.replace(/_(?:bucket|count|sum)$/, ''))
    .filter((name) => name !== 'target_info');
  expect([...names].sort()).toEqual([...new Set(all)].sort());
});

it.each(alarms.map(([name = '', condition = '']) => ({ name, condition })))(
  'the alarm “$name” asks for what Prometheus gets',
  ({ condition }) => {
    expect(condition).toMatch(/ (?:>|>=|==) \d+$/);
    expect(unknownIn(condition)).toEqual([]);
  },
);

it('the alarms are complete', () => {
  expect(alarms.length).toBeGreaterThan(5);
  for (const cells of alarms) {
    expect(cells).toHaveLength(4);
    expect(cells.every((cell) => cell !== '')).toBe(true);
  }
});

describe('the dashboard', () => {
  it('has what Grafana imports', () => {
    expect(dashboard).toMatchObject({
      // Grafana gives a new dashboard its id.
      id: null,
      uid: 'sequelize-rds-iam',
      title: 'sequelize-rds-iam',
      time: { from: expect.any(String) as string, to: 'now' },
    });
    // Classic dashboards of Grafana 10.4 and later, which migrate older ones.
    expect(dashboard.schemaVersion).toBe(39);
    expect(panels.length).toBeGreaterThan(8);
  });

  it('takes the data source of its reader', () => {
    expect(datasource).toMatchObject({
      name: 'datasource',
      type: 'datasource',
      query: 'prometheus',
    });
    const chosen = { type: 'prometheus', uid: '${datasource}' };
    expect(server).toMatchObject({ name: 'server', type: 'query', datasource: chosen });
    for (const { datasource, targets } of panels) {
      expect([datasource, ...targets.map((target) => target.datasource)]).toEqual(
        Array(targets.length + 1).fill(chosen),
      );
    }
  });

  it('needs the panels that it says', () => {
    const needed = dashboard.__requires.filter(({ type }) => type === 'panel').map(({ id }) => id);
    expect(new Set(panels.map(({ type }) => type))).toEqual(new Set(needed));
  });

  it('gives each panel a number, a title, a description and its queries', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    for (const { title, description, targets } of panels) {
      expect(`${title} ${description}`).toMatch(/^\S.* .*\.$/);
      expect(targets.map(({ refId }) => refId)).toEqual(['A', 'B'].slice(0, targets.length));
    }
  });

  it('lays the panels side by side, within the 24 columns', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos }) => gridPos.x + gridPos.w))).toBe(24);
  });

  it('uses the variables that it has', () => {
    const text = JSON.stringify(panels);
    const used = [...text.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
    expect(new Set(used)).toEqual(new Set(['datasource', 'server', '__rate_interval']));
  });
});
