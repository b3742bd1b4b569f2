/** The options that are not `undefined`, which Sequelize and the drivers would use as a value. */
export function definedIn<Options extends object>(options: Options): Partial<Options> {
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as Partial<Options>;
}
