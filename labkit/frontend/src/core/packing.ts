// The binary buffers of messages.
import { t } from "./words";

/** A copy of the bytes of a buffer, because a `DataView` may begin anywhere; throws if its size is not `size`. */
export function unpacked(view: DataView | undefined, size: number): ArrayBuffer {
  if (view?.byteLength !== size) throw new Error(t("The kernel sent a buffer of the wrong length."));
  return new Uint8Array(view.buffer, view.byteOffset, size).slice().buffer;
}

/** The bytes of a buffer, not copied. */
export const rawBytes = (view: DataView | undefined): Uint8Array =>
  view ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : new Uint8Array();

/** The bytes of a zlib-compressed buffer. */
export async function inflate(view: DataView | undefined): Promise<Uint8Array> {
  const blob = new Blob([(view as DataView<ArrayBuffer> | undefined) ?? ""]);
  const stream = blob.stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
