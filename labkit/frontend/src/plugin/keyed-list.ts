// A list whose elements stay while their rows change: a button keeps the keyboard's focus.
import { h } from "../core/dom";

interface Row {
  readonly number: number;
}

/** An item of a list: its element, and how it shows a newer state of its row. */
export interface Item<T> {
  readonly element: HTMLElement;
  readonly update: (row: T) => void;
}

export class KeyedList<T extends Row> {
  readonly element = h("ul");
  readonly #make: (row: T) => Item<T>;
  readonly #items = new Map<number, Item<T>>();

  constructor(make: (row: T) => Item<T>) {
    this.#make = make;
  }

  /** Shows these rows in this order. */
  update(rows: readonly T[]): void {
    const listed = new Set(rows.map(({ number }) => number));
    for (const [number, { element }] of this.#items)
      if (!listed.has(number)) {
        element.remove();
        this.#items.delete(number);
      }
    rows.forEach((row, at) => {
      const item = this.#items.get(row.number) ?? this.#make(row);
      this.#items.set(row.number, item);
      item.update(row);
      if (this.element.children[at] !== item.element)
        this.element.insertBefore(item.element, this.element.children[at] ?? null);
    });
  }
}
