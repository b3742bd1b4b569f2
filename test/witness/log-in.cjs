/**
 * Preloaded into Sequelize's own tests: the instances that connect to the emulated endpoint, by its port, lose their password and log in with IAM,
 * in the way that WITNESS says. All others stay as they are.
 */
const { Buffer } = require('node:buffer');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { Signer } = require('@aws-sdk/rds-signer');
// The package as it is published: what `npm run build` made.
const { registerIamAuth } = require('sequelize-rds-iam');

const { hostname, port, region, ca, way } = JSON.parse(process.env.WITNESS);
const { Sequelize } = createRequire(join(process.cwd(), 'test/support.js'))('sequelize');

/** The hook that one finds everywhere. */
async function byHand(config) {
  const signer = new Signer({ hostname, port, username: config.username, region });
  const token = await signer.getAuthToken();
  config.password = token;
  config.dialectOptions = {
    ...config.dialectOptions,
    // Behind a tunnel the name never fits, so people stop looking at it.
    ssl: { ca, checkServerIdentity: () => undefined },
    authPlugins: { mysql_clear_password: () => () => Buffer.from(`${token}\0`) },
  };
}

const ways = {
  'by hand': {
    logIn: (sequelize) => sequelize.addHook('beforeConnect', (config) => byHand(config)),
  },
  'with the package': {
    // As if it stood in the application's options.
    logIn: (sequelize) =>
      (sequelize.options.iamAuth = { endpoint: { hostname, port }, tls: { ca } }),
    register: () => registerIamAuth(Sequelize),
  },
};

function configsOf({ connectionManager }) {
  const { config } = connectionManager;
  const { replication } = config;
  return replication ? [replication.write, ...replication.read] : [config];
}

const isOurs = (sequelize) => configsOf(sequelize).every((config) => Number(config.port) === port);

/** Made of the options of one of ours, hooks included, to connect elsewhere. */
const isCopy = ({ options }) => options.hooks.beforeConnect !== undefined;

/** Some tests empty `options.hooks`, the login's too, and go on with the same instance or class. */
function keepHooks(options, type) {
  let { hooks } = options;
  const kept = [...hooks[type]];
  Object.defineProperty(options, 'hooks', {
    enumerable: true,
    get: () => hooks,
    set: (next) => {
      hooks = { ...next, [type]: [...kept] };
    },
  });
}

/** One in a URL stands in `dialectOptions` too. */
function removePassword(config) {
  config.password = null;
  delete config.dialectOptions?.password;
}

const { logIn, register } = ways[way];

// Sequelize runs them in the order in which they were added.
Sequelize.addHook('afterInit', (sequelize) => {
  if (!isOurs(sequelize) && !isCopy(sequelize)) return;
  for (const config of configsOf(sequelize)) removePassword(config);
  if (isOurs(sequelize)) logIn(sequelize);
});
register?.();
Sequelize.addHook('afterInit', (sequelize) => {
  if (isOurs(sequelize)) keepHooks(sequelize.options, 'beforeConnect');
});
keepHooks(Sequelize.options, 'afterInit');
