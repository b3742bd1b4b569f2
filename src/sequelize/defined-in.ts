/** The options that are set: Sequelize and the drivers take `undefined` for a value. */
export function definedIn<Options extends object>(options: Options): Partial<Options> {
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as Partial<Options>;
}
