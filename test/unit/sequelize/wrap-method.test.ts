import { wrapMethod } from '../../../src/sequelize/wrap-method';

class Greeter {
  greet(): string {
    return 'hello';
  }
}
const louder = (greet: () => string) => () => `${greet()}!`;

it('replaces an inherited method of one object, and leaves no own property behind', () => {
  const [one, other] = [new Greeter(), new Greeter()];
  const restore = wrapMethod(one, 'greet', louder);
  expect([one.greet(), other.greet()]).toEqual(['hello!', 'hello']);
  restore();
  expect(one.greet()).toBe('hello');
  expect(Object.getOwnPropertyNames(one)).toEqual([]);
});

it('gives an own method back', () => {
  const greet = () => 'own';
  const target = { greet };
  wrapMethod(target, 'greet', louder)();
  expect(target.greet).toBe(greet);
});

it('stays in the chain when somebody else has wrapped it, and a second call does nothing', () => {
  const target = new Greeter();
  const restore = wrapMethod(target, 'greet', louder);
  const restoreTheirs = wrapMethod(target, 'greet', louder);
  restore();
  expect(target.greet()).toBe('hello!!');
  restoreTheirs();
  expect(target.greet()).toBe('hello!');
  restore();
  restore();
  expect(target.greet()).toBe('hello');
});
