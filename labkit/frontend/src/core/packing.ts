// The binary buffers of messages.

/** The numbers of a buffer, copied, because a `DataView` may begin anywhere; throws if it has not `size` bytes. */
export function unpacked(view: DataView | undefined, size: number): ArrayBuffer {
  if (view?.byteLength !== size) throw new Error("The kernel sent a buffer of the wrong length.");
  return new Uint8Array(view.buffer, view.byteOffset, size).slice().buffer;
}

/** The bytes of a zlib-compressed buffer. */
export async function inflate(view: DataView | undefined): Promise<Uint8Array> {
  const blob = new Blob([(view as DataView<ArrayBuffer> | undefined) ?? ""]);
  const stream = blob.stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
