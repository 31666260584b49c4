// The product of two matrices, which is nearly all of the work of training. Read `product` first.

/** Part of an array as a matrix: element (i, j) is `data[offset + i * row + j * column]`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly offset: number;
  readonly row: number; // distance between two rows
  readonly column: number; // distance between two columns
}

/** The rows of an array from `offset`, each `width` numbers long. */
export function rowsOf(data: Float32Array, width: number, offset = 0): Matrix {
  return { data, offset, row: width, column: 1 };
}

export function transposed({ data, offset, row, column }: Matrix): Matrix {
  return { data, offset, row: column, column: row };
}

export interface Size {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

const PART = 128; // of the inner dimension: what is read again and again stays in the cache of the processor

/** c = a b, or c += a b if `add`; a is (rows, inner), b is (inner, columns). */
export function product(c: Matrix, a: Matrix, b: Matrix, size: Size, add = false): void {
  const { rows, inner, columns } = size;
  const [evenRows, fours] = [rows - (rows % 2), columns - (columns % 4)];
  for (let first = 0; first < inner; first += PART) {
    const last = Math.min(inner, first + PART);
    const keep = add || first > 0;
    for (let i = 0; i < evenRows; i += 2)
      for (let j = 0; j < fours; j += 4) addBlock(c, a, b, i, j, first, last, keep);
    for (let i = 0; i < rows; i++)
      for (let j = i < evenRows ? fours : 0; j < columns; j++) addElement(c, a, b, i, j, first, last, keep);
  }
}

/** Two rows and four columns at once: six numbers are read for eight multiplications. */
function addBlock(
  c: Matrix,
  a: Matrix,
  b: Matrix,
  i: number,
  j: number,
  first: number,
  last: number,
  keep: boolean,
): void {
  const [left, right, out] = [a.data, b.data, c.data];
  const [aStep, bStep] = [a.column, b.row];
  let a0 = a.offset + i * a.row + first * aStep;
  let a1 = a0 + a.row;
  let b0 = b.offset + j * b.column + first * bStep;
  let b1 = b0 + b.column;
  let b2 = b1 + b.column;
  let b3 = b2 + b.column;
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  for (let k = first; k < last; k++) {
    const x0 = left[a0]!;
    const x1 = left[a1]!;
    const w0 = right[b0]!;
    const w1 = right[b1]!;
    const w2 = right[b2]!;
    const w3 = right[b3]!;
    s00 += x0 * w0;
    s01 += x0 * w1;
    s02 += x0 * w2;
    s03 += x0 * w3;
    s10 += x1 * w0;
    s11 += x1 * w1;
    s12 += x1 * w2;
    s13 += x1 * w3;
    a0 += aStep;
    a1 += aStep;
    b0 += bStep;
    b1 += bStep;
    b2 += bStep;
    b3 += bStep;
  }
  const to = c.offset + i * c.row + j * c.column;
  put(out, to, s00, s01, s02, s03, c.column, keep);
  put(out, to + c.row, s10, s11, s12, s13, c.column, keep);
}

function put(
  out: Float32Array,
  at: number,
  s0: number,
  s1: number,
  s2: number,
  s3: number,
  step: number,
  keep: boolean,
): void {
  if (keep) {
    out[at]! += s0;
    out[at + step]! += s1;
    out[at + 2 * step]! += s2;
    out[at + 3 * step]! += s3;
  } else {
    out[at] = s0;
    out[at + step] = s1;
    out[at + 2 * step] = s2;
    out[at + 3 * step] = s3;
  }
}

/** One element, at the edge of a matrix whose size is no multiple of the block. */
function addElement(
  c: Matrix,
  a: Matrix,
  b: Matrix,
  i: number,
  j: number,
  first: number,
  last: number,
  keep: boolean,
): void {
  const [left, right] = [a.data, b.data];
  let [p, q, sum] = [a.offset + i * a.row + first * a.column, b.offset + j * b.column + first * b.row, 0];
  for (let k = first; k < last; k++) {
    sum += left[p]! * right[q]!;
    p += a.column;
    q += b.row;
  }
  const at = c.offset + i * c.row + j * c.column;
  c.data[at] = keep ? c.data[at]! + sum : sum;
}
