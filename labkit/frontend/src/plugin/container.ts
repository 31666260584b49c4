// The container that JupyterLab loads: `init` receives the shared modules, `get` returns ours. It implements webpack's
// module-federation interface directly: the build is one esbuild call, its output does not depend on the folder, and
// nothing that JupyterLab provides is bundled.
import type { Panel } from "@lumino/widgets";
import { fileExtension } from "./file";
import type { Lumino } from "./lab";
import { plugins } from "./plugin";

type Factory = () => unknown;
type Versions = Readonly<Record<string, { get(): Promise<Factory> }>>;
type Scope = Readonly<Record<string, Versions>>;

let shared: Scope = {};

async function lumino(): Promise<Lumino> {
  const versions = Object.values(shared["@lumino/widgets"] ?? {});
  const newest = versions.at(-1);
  if (!newest) throw new Error("labkit: this JupyterLab shares no @lumino/widgets.");
  return (await newest.get())() as { Panel: typeof Panel };
}

const container = {
  init: (scope: Scope) => void (shared = scope),
  get: async (name: string): Promise<Factory> => {
    const make = { "./extension": plugins, "./mime": fileExtension }[name];
    if (!make) throw new Error(`labkit has no module ${name}.`);
    const exported = { __esModule: true, default: make(await lumino()) };
    return () => exported;
  },
};

const page = globalThis as typeof globalThis & { _JUPYTERLAB?: Record<string, unknown> };
(page._JUPYTERLAB ??= {})["labkit"] = container;
