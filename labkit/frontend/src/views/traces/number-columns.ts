// The measures of the thoughts that have arrived: a column of numbers for each measure.
import { unpacked } from "../../core/packing";
import type { Column, Numbers } from "./contract";

const ROOM = 1024; // thoughts for which there is space at first

export class NumberColumns {
  readonly columns: readonly Column[];
  count = 0;
  #values: Float32Array[];

  constructor(columns: readonly Column[]) {
    this.columns = columns;
    this.#values = columns.map(() => new Float32Array(ROOM));
  }

  /** The values of a column, by its number. */
  values(column: number): Float32Array {
    return this.#values[column]?.subarray(0, this.count) ?? new Float32Array();
  }

  /** The values of a column, by its name. */
  named(name: string): Float32Array {
    return this.values(this.columns.findIndex((column) => column.name === name));
  }

  /** Adds a page; returns whether there are more thoughts than before. A page that leaves a gap is not added. */
  add({ first, count }: Numbers, bytes: DataView | undefined): boolean {
    const end = first + count;
    if (first > this.count || end <= this.count) return false;
    const page = new Float32Array(unpacked(bytes, 4 * count * this.columns.length));
    this.#values = this.#values.map((values, i) => {
      let room = values.length;
      while (room < end) room *= 2;
      const larger = room > values.length ? new Float32Array(room) : values;
      if (larger !== values) larger.set(values);
      larger.set(page.subarray(i * count, (i + 1) * count), first);
      return larger;
    });
    this.count = end;
    return true;
  }

  /** The numbers of the columns that the view shows: those with a known value, and of the two lengths one. */
  shown(): number[] {
    const known = (name: string) => this.named(name).some((value) => !Number.isNaN(value));
    const all = (name: string) => this.count > 0 && !this.named(name).some((value) => Number.isNaN(value));
    const counted = this.columns.some((column) => column.name === "tokens") && all("tokens");
    return this.columns.flatMap(({ name }, i) =>
      known(name) && !(name === "characters" && counted) ? [i] : [],
    );
  }
}
