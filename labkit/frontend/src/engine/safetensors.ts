// The safetensors format: 8 bytes with the length of a JSON header, the header, and the numbers of all tensors.

/** Numbers in row-major order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number]; // bytes after the header
}

/** For each type of number: its bytes, and how they are read. */
const TYPES: Readonly<Record<string, [number, (bytes: ArrayBuffer) => Float32Array]>> = {
  F32: [4, (bytes) => new Float32Array(bytes)],
  F16: [2, (bytes) => Float32Array.from(new Uint16Array(bytes), float16)],
  BF16: [
    2,
    (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), (upper) => upper << 16).buffer),
  ],
};
const DAMAGED = "The file of weights is damaged, or it is not complete.";

/** Reads all tensors as float32. Throws an `Error` whose message is a sentence. */
export function readSafetensors(file: ArrayBuffer): Map<string, Tensor> {
  const length = file.byteLength < 8 ? Infinity : Number(new DataView(file).getBigUint64(0, true));
  const start = 8 + length;
  if (start > file.byteLength) throw new Error(DAMAGED);
  const { __metadata__: _, ...entries } = headerOf(new Uint8Array(file, 8, length));
  return new Map(Object.entries(entries).map(([name, entry]) => [name, tensorOf(name, entry, file, start)]));
}

function headerOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(new TextDecoder().decode(bytes))) as Record<string, unknown>;
  } catch {
    throw new Error(DAMAGED);
  }
}

function tensorOf(name: string, entry: unknown, file: ArrayBuffer, start: number): Tensor {
  if (!isEntry(entry)) throw new Error(DAMAGED);
  const { dtype, shape, data_offsets } = entry;
  const [size, read] = TYPES[dtype] ?? [];
  if (!size || !read) throw new Error(`The weights ${name} are ${dtype}; F32, F16 and BF16 can be read.`);
  const [first, last] = data_offsets.map((offset) => start + offset) as [number, number];
  const bytes = shape.reduce((a, b) => a * b, size);
  if (first < start || last - first !== bytes || last > file.byteLength) throw new Error(DAMAGED);
  return { shape, values: read(file.slice(first, last)) };
}

function isEntry(value: unknown): value is Entry {
  const { dtype, shape, data_offsets: offsets } = Object(value) as Partial<Entry>;
  if (typeof dtype !== "string" || !Array.isArray(shape) || offsets?.length !== 2) return false;
  return [shape, offsets].flat().every(Number.isSafeInteger);
}

/** The value of 16 bits: 1 sign, 5 exponent, 10 fraction (IEEE 754 binary16). */
export function float16(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
