// The safetensors format: 8 bytes with the length of a JSON header, the header, and the numbers of all tensors.

/** Numbers in row-major order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Reads all tensors as float32. Throws an `Error` whose message is a sentence. */
export function readSafetensors(file: ArrayBuffer): ReadonlyMap<string, Tensor> {
  if (file.byteLength < 8) throw new Error("The file of weights is not complete. Load the page again.");
  const length = Number(new DataView(file).getBigUint64(0, true));
  const start = 8 + length;
  if (start > file.byteLength) throw new Error("The file of weights is not complete. Load the page again.");
  const text = new TextDecoder().decode(new Uint8Array(file, 8, length));
  const { __metadata__: _, ...entries } = JSON.parse(text) as Record<string, Entry>;
  return new Map(Object.entries(entries).map(([name, entry]) => [name, tensorOf(name, entry, file, start)]));
}

function tensorOf(
  name: string,
  { dtype, shape, data_offsets }: Entry,
  file: ArrayBuffer,
  start: number,
): Tensor {
  const [first, last] = [start + data_offsets[0], start + data_offsets[1]];
  if (last > file.byteLength) throw new Error("The file of weights is not complete. Load the page again.");
  const bytes = file.slice(first, last); // a tensor may begin at an odd byte
  if (dtype === "F32") return { shape, values: new Float32Array(bytes) };
  if (dtype === "F16") return { shape, values: Float32Array.from(new Uint16Array(bytes), float16) };
  throw new Error(`The weights ${name} are ${dtype}; this page reads F32 and F16.`);
}

/** The value of 16 bits: 1 sign, 5 exponent, 10 fraction (IEEE 754 binary16). */
export function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
