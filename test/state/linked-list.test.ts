import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Link, LinkedList } from '../../src/state/linked-list.ts';

it('is a list in order of appending, whatever is appended and removed', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), (numbers) => {
      const links = Array.from({ length: 10 }, (_, index) => new Link(index));
      const list = new LinkedList<number>();
      let model: number[] = [];
      for (const number of numbers) {
        const link = links[number] as Link<number>;
        if (model.includes(number)) {
          list.remove(link);
          model = model.filter((each) => each !== number);
        } else {
          list.append(link);
          model.push(number);
        }
        expect([[...list], list.length, list.first]).toEqual([model, model.length, model[0]]);
      }
    }),
  );
});

it('lets the value just given be removed', () => {
  const list = new LinkedList<string>();
  const links = ['a', 'b', 'c'].map((name) => new Link(name));
  for (const link of links) list.append(link);
  const seen: string[] = [];
  for (const name of list) {
    seen.push(name);
    list.remove(links.find(({ value }) => value === name) as Link<string>);
  }
  expect([seen, list.length]).toEqual([['a', 'b', 'c'], 0]);
});
