// The messages between the page and a JupyterLab that shows it in a panel. Each side accepts messages of the other
// window only, and of its own origin.

/** A notebook in the format of nbformat 4.5. */
export interface Notebook {
  readonly cells: readonly object[];
  readonly metadata: object;
  readonly nbformat: 4;
  readonly nbformat_minor: 5;
}

export type ToHost =
  | { readonly labkit: "ready" } // the page listens
  | { readonly labkit: "address"; readonly hash: string } // of the thought that is shown
  | { readonly labkit: "notebook"; readonly name: string; readonly notebook: Notebook };

export type ToPage =
  { readonly labkit: "theme"; readonly dark: boolean } | { readonly labkit: "say"; readonly message: string };

/** The query of the page's address in a panel. */
export const IN_PANEL = "?host=jupyter";
