import { randomBytes } from 'node:crypto';
import { DataTypes, literal, type QueryInterface, type Sequelize } from 'sequelize';
import { SequelizeStorage, Umzug } from 'umzug';

const CUSTOMERS = 20;
const ORDERS_EACH = 3;

/** How a number of queries ended. */
export interface QueriesResult {
  readonly count: number;
  /** The message of each query that failed. */
  readonly errors: readonly string[];
  readonly tookMs: number;
}

/** A small application: two models, a migration, and a slow report. */
export interface Shop {
  readonly setUp: () => Promise<void>;
  readonly runReports: (count: number, seconds: number) => Promise<QueriesResult>;
  readonly dropTables: () => Promise<void>;
}

/** Builds the application on a Sequelize instance; its tables have names that no other run uses. */
export function createShop(sequelize: Sequelize): Shop {
  const prefix = `iam_demo_${randomBytes(4).toString('hex')}`;
  const tables = {
    customers: `${prefix}_customers`,
    orders: `${prefix}_orders`,
    migrations: `${prefix}_migrations`,
  };
  const { Customer, Order } = defineModels(sequelize, tables);
  const migrations = createMigrations(sequelize, tables);

  const setUp = async () => {
    await migrations.up();
    const ids = Array.from({ length: CUSTOMERS }, (_, index) => index + 1);
    await Customer.bulkCreate(ids.map((id) => ({ id, name: `Customer ${id}` })));
    const orders = ids.flatMap((id) => Array<number>(ORDERS_EACH).fill(id));
    await Order.bulkCreate(orders.map((customerId) => ({ customerId, total: customerId * 10 })));
  };

  const runReport = async (customerId: number, seconds: number) => {
    const spent = `(SELECT SUM(total) FROM ${tables.orders} WHERE customerId = ${customerId})`;
    const customer = await Customer.findByPk(customerId, {
      attributes: ['name', [literal(spent), 'spent'], [literal(`SLEEP(${seconds})`), 'slept']],
      rejectOnEmpty: true,
    });
    if (Number(customer.get('spent')) !== customerId * 10 * ORDERS_EACH)
      throw new Error('A report is wrong');
  };

  const runReports = async (count: number, seconds: number) => {
    const startedAt = performance.now();
    const results = await Promise.allSettled(
      Array.from({ length: count }, (_, index) => runReport((index % CUSTOMERS) + 1, seconds)),
    );
    const errors = results.flatMap((result) =>
      result.status === 'rejected' ? [String(result.reason)] : [],
    );
    return { count, errors, tookMs: performance.now() - startedAt };
  };

  const dropTables = async () => {
    const queryInterface = sequelize.getQueryInterface();
    for (const table of Object.values(tables).reverse()) await queryInterface.dropTable(table);
  };

  return { setUp, runReports, dropTables };
}

interface Tables {
  readonly customers: string;
  readonly orders: string;
  readonly migrations: string;
}

function defineModels(sequelize: Sequelize, tables: Tables) {
  const Customer = sequelize.define(
    'Customer',
    { name: DataTypes.STRING },
    { tableName: tables.customers, timestamps: false },
  );
  const Order = sequelize.define(
    'Order',
    { total: DataTypes.INTEGER },
    { tableName: tables.orders, timestamps: false },
  );
  Customer.hasMany(Order, { foreignKey: 'customerId' });
  Order.belongsTo(Customer, { foreignKey: 'customerId' });
  return { Customer, Order };
}

function createMigrations(sequelize: Sequelize, tables: Tables): Umzug<QueryInterface> {
  const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true };
  return new Umzug({
    context: sequelize.getQueryInterface(),
    storage: new SequelizeStorage({ sequelize, tableName: tables.migrations }),
    logger: undefined,
    migrations: [
      {
        name: '01-customers',
        up: ({ context }) => context.createTable(tables.customers, { id, name: DataTypes.STRING }),
      },
      {
        name: '02-orders',
        up: ({ context }) =>
          context.createTable(tables.orders, {
            id,
            customerId: {
              type: DataTypes.INTEGER,
              references: { model: tables.customers, key: 'id' },
            },
            total: DataTypes.INTEGER,
          }),
      },
    ],
  });
}
