// One selection for all views of a trace on the page.

const NAME = "labkit:select";

interface Selection {
  readonly key: string; // of the trace
  readonly token: number; // of the completion, from 0; the prompt's tokens are -1, -2, ... from its end
  readonly from: symbol;
}

/** Joins the views of trace `key()`: `select` receives the tokens of other views; returns a function that emits one. */
export function joinSelection(
  key: () => string,
  select: (token: number) => void,
  signal: AbortSignal,
): (token: number) => void {
  const from = Symbol("view");
  document.addEventListener(
    NAME,
    (event) => {
      const { detail } = event as CustomEvent<Selection>;
      if (detail.from !== from && detail.key !== "" && detail.key === key()) select(detail.token);
    },
    { signal },
  );
  return (token) =>
    document.dispatchEvent(new CustomEvent<Selection>(NAME, { detail: { key: key(), token, from } }));
}
