/**
 * Replaces a method of one object until the returned function is called. If other code has wrapped the method again by then, the
 * replacement stays in the chain, so it must then only call the original.
 */
export function wrapMethod<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  wrap: (original: Target[Name]) => Target[Name],
): () => void {
  const original = target[name];
  const hadOwn = Object.hasOwn(target, name);
  const replacement = wrap(original);
  target[name] = replacement;
  return () => {
    if (target[name] !== replacement) return;
    if (hadOwn) target[name] = original;
    else Reflect.deleteProperty(target, name);
  };
}
