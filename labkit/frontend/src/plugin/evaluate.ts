// Evaluates an expression of ours in a kernel: no output, no count of a cell.
import type { Kernel } from "@jupyterlab/services";

interface Reply {
  readonly user_expressions?: { readonly it?: Value };
}
interface Value {
  readonly status?: string;
  readonly evalue?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The value by MIME type; throws the kernel's error. `sent` receives the id of the request. */
export async function evaluate(
  kernel: Kernel.IKernelConnection,
  expression: string,
  sent?: (id: string) => void,
): Promise<Readonly<Record<string, unknown>>> {
  const future = kernel.requestExecute({
    code: "",
    silent: true,
    store_history: false,
    user_expressions: { it: expression },
  });
  sent?.(future.msg.header.msg_id);
  const { content } = await future.done;
  const value = (content as Reply).user_expressions?.it;
  if (value?.status === "error") throw new Error(value.evalue ?? "");
  return value?.data ?? {};
}
